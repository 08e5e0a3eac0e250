import type { Random } from './random.ts'
import { type Type, type TypedName, tangledTables } from './tangled-tables.ts'

/** What FROM makes visible. Without an alias its columns have nothing before them. */
interface Relation {
  readonly alias?: string
  readonly columns: readonly TypedName[]
  /** Of a value table and an array: what the alias itself is. */
  readonly value?: Type
}

export interface TangledScope {
  /** Grows with FROM. */
  readonly own: Relation[]
  readonly outer: readonly Relation[]
  readonly ctes: readonly Cte[]
  readonly depth: number
  /** Neither WHERE nor an aggregate may hold analytic functions. */
  readonly noWindows?: true
}

export interface Cte extends Relation {
  readonly alias: string
}

export interface TangledResult {
  readonly text: string
  readonly columns: readonly TypedName[]
  readonly value?: Type
}

export interface Path {
  readonly text: string
  readonly type: Type
}

export const fieldsOf = (type?: Type): readonly TypedName[] =>
  typeof type === 'object' && 'struct' in type ? type.struct : []
export const elementOf = (type?: Type): Type | undefined =>
  typeof type === 'object' && 'array' in type ? type.array : undefined
export const isNumber = ({ name, type }: TypedName): boolean => name !== '' && type === 'INT64'

const letters = {
  names: ['a', 'b', 's', 't', 'u', 'x', 'arr', 'c', 'd', 'p', 'a', 't', 's'],
  tables: ['t', 'u', 's', 'arr', 'x'],
}
/** Words that GoogleSQL has uses for, and that are no reserved ones. */
const words = {
  names: (
    'offset date value day pivot row safe current_date a key replace system unpivot ordinal view function options format sum ' +
    'array_length timestamp json string int64 first last repeatable percent a value date offset'
  ).split(' '),
  tables: ['date', 'value', 't', 'x'],
}

/** Names for everything, and what can be reached by them. */
export abstract class TangledPaths {
  protected readonly random: Random
  protected readonly names: readonly string[]
  protected readonly tables: readonly string[]
  constructor(random: Random) {
    this.random = random
    const { names, tables } = random.chance(25) ? words : letters
    this.names = names
    this.tables = tables
  }

  protected written(name: string): string {
    const { random } = this
    if (random.chance(6)) return name.toUpperCase()
    return random.chance(6) ? `\`${name}\`` : name
  }

  /** A name of `percent` of all relations; seldom one that another relation has. */
  protected alias(scope: TangledScope, percent: number): string | undefined {
    if (!this.random.chance(percent)) return undefined
    const free = this.names.filter(name => !scope.own.some(({ alias }) => alias === name))
    return this.random.pick(free.length > 0 && this.random.chance(97) ? free : this.names)
  }

  protected as(alias?: string): string {
    return alias === undefined ? '' : ` ${this.random.pick(['as ', ''])}${this.written(alias)}`
  }

  /** Whatever the scope's names mean, with the fields inside. */
  protected paths({ own, outer }: TangledScope): readonly Path[] {
    const { random } = this
    const relations = own.length === 0 || (outer.length > 0 && random.chance(35)) ? outer : own
    return relations.flatMap(relation => {
      const { alias, columns, value } = relation
      const isTwice = (name: string) =>
        relations.some(
          other => other !== relation && (other.alias === name || other.columns.some(column => column.name === name)),
        )
      const found: Path[] = []
      if (alias !== undefined && value !== undefined) found.push(...this.within(this.written(alias), value))
      else if (alias !== undefined && random.chance(15)) found.push({ text: alias, type: { struct: columns } })
      for (const { name, type } of columns) {
        const qualified = alias !== undefined && random.chance(isTwice(name) ? 92 : 45)
        const text = `${qualified ? `${this.written(alias)}.` : ''}${this.written(name)}`
        if (name !== '') found.push(...this.within(text, type))
      }
      return found
    })
  }

  private within(text: string, type: Type): readonly Path[] {
    const fields = fieldsOf(type).filter(({ name }) => name !== '')
    return [{ text, type }, ...fields.flatMap(({ name, type }) => this.within(`${text}.${this.written(name)}`, type))]
  }

  /** A number by its name, or what may be none. */
  protected number(scope: TangledScope): string {
    const { random } = this
    if (random.chance(2)) return random.some(3, () => random.pick(this.names)).join('.')
    return random.pick(['1', ...this.paths(scope).flatMap(({ text, type }) => (type === 'INT64' ? [text] : []))])
  }

  protected arrays(scope: TangledScope): readonly Path[] {
    return this.paths(scope).filter(({ type }) => elementOf(type) !== undefined)
  }

  protected columnsOf(table: string): readonly TypedName[] {
    return tangledTables.get(table) ?? []
  }
}
