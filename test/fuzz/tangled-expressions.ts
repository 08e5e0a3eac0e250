import {
  elementOf,
  fieldsOf,
  isNumber,
  type Path,
  TangledPaths,
  type TangledResult,
  type TangledScope,
} from './tangled-paths.ts'
import type { Type, TypedName } from './tangled-tables.ts'

/** Expressions in which names can be hidden: almost all of them are numbers, so that most of them fit. */
export abstract class TangledExpressions extends TangledPaths {
  /** A query that sees the scope; with `width`, of that many numbers. */
  protected abstract subquery(scope: TangledScope, width?: number): TangledResult
  protected abstract items(scope: TangledScope, width: number): TangledResult

  protected int(scope: TangledScope): string {
    const { random } = this
    const number = () => this.number(scope)
    const forms = [
      () => `${number()} + ${number()}`,
      () => `if(${number()} > 0, ${number()}, 0)`,
      () => this.fromArray(scope),
      () => this.fromStruct(scope),
      () => this.fromDates(scope),
      ...(scope.noWindows || scope.own.length === 0 ? [] : [() => this.window(scope)]),
      ...(scope.depth < 3 ? [() => this.fromSubquery(scope), () => this.fromSubquery(scope)] : []),
    ]
    return random.chance(40) ? number() : random.pick(forms)()
  }

  private window(scope: TangledScope): string {
    const { random } = this
    const [{ alias } = {}] = [random.pick(scope.own)]
    if (alias !== undefined && random.chance(30)) return `count(${alias}) over ()`
    return `sum(${this.number(scope)}) over (partition by ${this.number(scope)})`
  }

  private fromSubquery(scope: TangledScope): string {
    const { random } = this
    const one = () => this.subquery(scope, 1).text
    const number = () => this.number(scope)
    return random.pick([
      () => `(${one()})`,
      () => `if(exists(${this.subquery(scope).text}), 1, 0)`,
      () => `if(${number()} in (${one()}), ${number()}, 1)`,
      () => `array(${one()})[offset(0)]`,
      () => this.fieldOf(this.subquery(scope), scope),
      () => {
        const name = random.pick(this.names)
        return `with(${name} as ${number()}, ${random.pick([name, `${name} + ${number()}`])})`
      },
    ])()
  }

  private fieldOf({ text, value }: TangledResult, scope: TangledScope): string {
    const fields = fieldsOf(value).filter(isNumber)
    return fields.length > 0 ? `(${text}).${this.random.pick(fields).name}` : this.number(scope)
  }

  private fromArray(scope: TangledScope): string {
    const { random } = this
    const arrays = this.arrays(scope)
    if (arrays.length === 0) return this.number(scope)
    const { text, type } = random.pick(arrays)
    const fields = fieldsOf(elementOf(type)).filter(isNumber)
    const field = fields.length > 0 ? `.${random.pick(fields).name}` : ''
    const [name, other] = [random.pick(this.names), this.number(scope)]
    return random.pick([
      `${text}[0]${field}`,
      `${text}[safe_ordinal(${other})]${field}`,
      `array_length(array_filter(${text}, ${name} -> ${name}${field} > ${other}))`,
      `array_length(array_filter(${text}, (${name}, ${random.pick(this.names)}) -> ${name}${field} > ${other}))`,
      `array_transform(${text}, ${name} -> ${name}${field} + ${other})[offset(0)]`,
    ])
  }

  private fromStruct(scope: TangledScope): string {
    const { random } = this
    const name = random.pick(this.names)
    const made = `struct(${this.number(scope)} as ${name}, ${this.number(scope)} as q).${random.pick([name, 'q'])}`
    const structs = this.paths(scope).filter(({ type }) => fieldsOf(type).some(isNumber))
    if (structs.length === 0 || random.chance(30)) return made
    const { text, type } = random.pick(structs)
    return `(${text}).${random.pick(fieldsOf(type).filter(isNumber)).name}`
  }

  /** Parts of a date are called like columns. */
  private fromDates(scope: TangledScope): string {
    const { random } = this
    const dates = this.paths(scope).filter(({ type }) => type === 'DATE')
    if (dates.length === 0) return this.number(scope)
    const part = () => random.pick(['day', 'month', 'week', 'year'])
    const plain = () => random.pick(dates).text
    const date = () =>
      random.pick([
        plain(),
        `date_trunc(${plain()}, ${part()})`,
        `date_add(${plain()}, interval ${this.number(scope)} ${part()})`,
        `last_day(${plain()}, ${part()})`,
      ])
    return random.pick([`date_diff(${date()}, ${date()}, ${part()})`, `extract(${part()} from ${date()})`])
  }

  protected aggregate(given: TangledScope): string {
    const { random } = this
    const scope = { ...given, noWindows: true } as const
    const one = () => this.int(scope)
    const name = random.pick(this.names)
    const row = random.pick([{ columns: [] }, ...scope.own])
    const columns = row.columns.filter(isNumber)
    return random.pick([
      () => `sum(${one()})`,
      () => `count(*)`,
      () => `count(distinct ${one()})`,
      () => `any_value(${one()} having max ${one()})`,
      () => `array_agg(${one()} order by ${one()} limit 1)[offset(0)]`,
      () => `array_agg(struct(${one()} as ${name}, ${one()} as q))[offset(0)].${random.pick([name, 'q'])}`,
      () => (columns.length > 0 && row.alias ? `any_value(${row.alias}).${random.pick(columns).name}` : 'count(*)'),
    ])()
  }

  protected condition(given: TangledScope): string {
    const { random } = this
    const scope = { ...given, noWindows: true } as const
    const arrays = this.arrays(scope).filter(({ type }) => elementOf(type) === 'INT64')
    const forms = [
      () => `${this.int(scope)} ${random.pick(['=', '>'])} ${this.number(scope)}`,
      ...(arrays.length > 0 ? [() => `${this.number(scope)} in unnest(${random.pick(arrays).text})`] : []),
      ...(scope.depth < 3
        ? [
            () => `exists(${this.subquery(scope).text})`,
            () => `${this.number(scope)} in (${this.subquery(scope, 1).text})`,
          ]
        : []),
    ]
    return random.pick(forms)()
  }

  /** A value of any type. */
  protected any(scope: TangledScope): Path {
    const { random } = this
    const paths = this.paths(scope)
    const forms: (() => Path)[] = [
      () => ({ text: `[${this.int(scope)}, ${this.int(scope)}]`, type: { array: 'INT64' } }),
      () => {
        const { text, columns } = this.items(scope, 1 + random.below(3))
        return { text: `struct(${text})`, type: { struct: columns } }
      },
    ]
    const structs = paths.filter(({ type }) => fieldsOf(type).length > 0 && fieldsOf(type).every(isNumber))
    if (structs.length > 0) forms.push(() => this.oneOf(scope, random.pick(structs)))
    if (scope.depth < 3)
      forms.push(() => {
        const result = this.subquery(scope)
        const type = typeOfValue(result)
        return elementOf(type)
          ? { text: `(${result.text})`, type }
          : { text: `array(${result.text})`, type: { array: type } }
      })
    return paths.length > 0 && random.chance(75) ? random.pick(paths) : random.pick(forms)()
  }

  /** This struct, or another one with other values in its fields. */
  private oneOf(scope: TangledScope, { text, type }: Path): Path {
    const { random } = this
    const other = `struct(${fieldsOf(type).map(() => this.number(scope))})`
    const both = random.pick([
      `if(${this.number(scope)} > 0, ${text}, ${other})`,
      `(case when ${this.number(scope)} > 0 then ${text} else ${other} end)`,
      `coalesce(${text}, ${other})`,
      `[${text}, ${other}][offset(0)]`,
      `array_concat([${text}], [${other}])[offset(0)]`,
    ])
    return { text: both, type }
  }
}

/** Of a query that gives one value in each row. */
export const typeOfValue = ({ value, columns: [first] }: TangledResult): Type => value ?? first?.type ?? 'INT64'

export const named = (name: string, type: Type): TypedName => ({ name, type })
