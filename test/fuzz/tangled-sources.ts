import { named, TangledExpressions, typeOfValue } from './tangled-expressions.ts'
import { type Cte, elementOf, fieldsOf, isNumber, type TangledResult, type TangledScope } from './tangled-paths.ts'
import type { Type, TypedName } from './tangled-tables.ts'

/** FROM: tables, CTEs, subqueries, arrays, what is pivoted, and joins of them. */
export abstract class TangledSources extends TangledExpressions {
  protected abstract query(scope: TangledScope, width?: number): TangledResult

  /** What `scope.own` holds afterwards. `first` has to be named, as a CTE that reads itself is. */
  protected from(scope: TangledScope, first?: Cte): string {
    const { random } = this
    let text = first ? this.cteNamed(scope, first) : this.source(scope)
    while (scope.own.length < 4 && random.chance(45)) text += this.joined(scope, text.includes(','))
    return text
  }

  private joined(scope: TangledScope, afterComma: boolean): string {
    const { random } = this
    const before = scope.own.flatMap(({ columns }) => columns)
    const next = this.source(scope)
    const shared = (scope.own.at(-1)?.columns ?? []).filter(({ name, type }) =>
      before.some(column => isNumber(column) && column.name === name && column.type === type),
    )
    const form = random.below(10)
    if (form < 2) return ` cross join ${next}`
    if (form < 4 && shared.length > 0) {
      // GoogleSQL wants these in brackets after a comma.
      const join = random.pick(afterComma ? ['join', 'left join'] : ['join', 'left join', 'full join', 'right join'])
      return ` ${join} ${next} using (${this.written(random.pick(shared).name)})`
    }
    if (form < 6) return ` ${random.pick(['join', 'left join'])} ${next} on ${this.condition(scope)}`
    if (form < 7) return `, (${next} join ${this.source(scope)} on ${this.condition(scope)})`
    return `, ${next}`
  }

  private source(scope: TangledScope): string {
    const { random } = this
    const form = random.below(100)
    if (form < 25) return this.array(scope)
    if (form < 45 && scope.depth < 3) {
      const outer = random.chance(50) ? scope.outer : []
      const result = this.query({ own: [], outer, ctes: scope.ctes, depth: scope.depth + 1 })
      return (random.chance(15) && this.pivoted(scope, `(${result.text})`, result)) || this.aliased(scope, result)
    }
    if (form < 65 && scope.ctes.length > 0) return this.cteNamed(scope, random.pick(scope.ctes))
    return this.table(scope)
  }

  private aliased(scope: TangledScope, { text, columns, value }: TangledResult): string {
    const alias = this.alias(scope, 85)
    scope.own.push({ ...(alias && { alias }), columns, ...(value && { value }) })
    return `(${text})${this.as(alias)}`
  }

  private cteNamed(scope: TangledScope, cte: Cte): string {
    const alias = this.alias(scope, scope.own.some(({ alias }) => alias === cte.alias) ? 97 : 50)
    scope.own.push({ ...cte, alias: alias ?? cte.alias })
    return this.written(cte.alias) + this.as(alias)
  }

  private table(scope: TangledScope): string {
    const { random } = this
    const name = random.pick(this.tables)
    const columns = this.columnsOf(name)
    const text = random.chance(75) ? name : random.pick([`d.${name}`, `p.d.${name}`, `\`d\`.\`${name}\``])
    const pivoted = random.chance(6) && this.pivoted(scope, text, { text, columns })
    if (pivoted) return pivoted
    const alias = this.alias(scope, scope.own.some(({ alias }) => alias === name) ? 97 : 50)
    scope.own.push({ alias: alias ?? name, columns })
    return text + this.as(alias) + (random.chance(3) ? ' tablesample system (10 percent)' : '')
  }

  private pivoted(scope: TangledScope, text: string, { columns, value }: TangledResult): string | undefined {
    const numbers = columns.filter(isNumber).map(({ name }) => name)
    const [one, two] = [this.random.pick(['', ...numbers]), this.random.pick(['', ...numbers])]
    if (value !== undefined || one === '' || two === '' || one === two) return undefined
    const { clause, made } = this.random.chance(50) ? this.pivot(one, two) : this.unpivot(one, two)
    const rest = columns.filter(({ name }) => name !== one && name !== two)
    const alias = this.alias(scope, 75)
    scope.own.push({ ...(alias && { alias }), columns: [...rest, ...made.map(name => named(name, 'INT64'))] })
    return `${text} ${clause}${this.as(alias)}`
  }

  private pivot(value: string, by: string): { clause: string; made: readonly string[] } {
    const { random } = this
    const [y, z] = [random.pick(this.names), random.pick(this.names)]
    const values = `for ${random.pick([by, `${by} + 1`])} in (1 as ${this.written(y)}, 2 ${this.written(z)})`
    if (random.chance(60)) return { clause: `pivot(sum(${value}) ${values})`, made: [y, z] }
    return {
      clause: `pivot(sum(${value}) f, max(${value}) as g ${values})`,
      made: [`f_${y}`, `g_${y}`, `f_${z}`, `g_${z}`],
    }
  }

  private unpivot(one: string, two: string): { clause: string; made: readonly string[] } {
    const { random } = this
    const value = random.pick(this.names)
    const label = random.pick([...this.names, 'k'])
    const nulls = random.pick(['', ' include nulls'])
    return { clause: `unpivot${nulls}(${this.written(value)} for ${label} in (${one}, ${two} as 'z'))`, made: [value] }
  }

  /** With `UNNEST` or as a path alone, with an offset or without. */
  private array(scope: TangledScope): string {
    const { random } = this
    const { text, type } = this.arrayValue(scope)
    const isPath = /^[\w.`]+\.[\w.`]+$/.test(text) && random.chance(50)
    const alias = this.alias(scope, 70)
    const implied = isPath ? text.split('.').at(-1)?.replaceAll('`', '').toLowerCase() : undefined
    const offset = random.chance(25) ? random.pick(['', ...this.names]) : undefined
    const columns: TypedName[] = offset === undefined ? [] : [named(offset || 'offset', 'INT64')]
    const shown = alias ?? implied
    scope.own.push({ ...(shown && { alias: shown }), columns: [...fieldsOf(type), ...columns], value: type })
    const withOffset = offset === undefined ? '' : ` with offset${this.as(offset || undefined)}`
    return `${isPath ? text : `unnest(${text})`}${this.as(alias)}${withOffset}`
  }

  /** With the type of its elements. */
  private arrayValue({ own, outer, ctes, depth }: TangledScope): { text: string; type: Type } {
    const { random } = this
    const scope: TangledScope = { own: [...own], outer, ctes, depth, noWindows: true }
    const arrays = this.arrays(scope)
    if (arrays.length > 0 && random.chance(85)) {
      const { text, type } = random.pick(arrays)
      return { text, type: elementOf(type) ?? 'INT64' }
    }
    if (depth < 2 && random.chance(30)) {
      const result = this.subquery(scope)
      return { text: `array(${result.text})`, type: typeOfValue(result) }
    }
    const [one, two] = [this.int(scope), this.int(scope)]
    if (random.chance(50)) return { text: random.pick([`[${one}]`, `generate_array(${one}, ${two})`]), type: 'INT64' }
    const struct = [named(random.pick(this.names), 'INT64'), named('q', 'INT64')]
    return { text: `[struct(${one} as ${struct[0]?.name}, ${two} as q)]`, type: { struct } }
  }
}
