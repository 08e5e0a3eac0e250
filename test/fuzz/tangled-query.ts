import type { Random } from './random.ts'
import { named } from './tangled-expressions.ts'
import { type Cte, fieldsOf, type Path, type TangledResult, type TangledScope } from './tangled-paths.ts'
import { TangledSources } from './tangled-sources.ts'
import type { TypedName } from './tangled-tables.ts'

/**
 * A query whose names are hard to resolve: the same few for tables, columns, fields, CTEs and aliases. Of most GoogleSQL says that
 * a name means nothing in them, or more than one thing.
 */
export const tangledQuery = (random: Random): string => new TangledQueries(random).whole()

class TangledQueries extends TangledSources {
  whole(): string {
    return this.query({ own: [], outer: [], ctes: [], depth: 0 }).text
  }

  protected override query(scope: TangledScope, width?: number): TangledResult {
    const { random } = this
    const { head, ctes } = random.chance(scope.depth === 0 ? 60 : 15)
      ? this.with(scope)
      : { head: '', ctes: scope.ctes }
    const body = this.body({ ...scope, ctes }, width)
    const name = body.columns.length > 0 ? random.pick(body.columns).name : ''
    const isOrdered = random.chance(15) && / from /.test(body.text) && !/ order by [^()]*$/.test(body.text)
    const order = isOrdered ? ` order by ${random.pick(['1', name || '1'])}` : ''
    return { ...body, text: `${head}${body.text}${order}${random.chance(10) ? ' limit 3' : ''}` }
  }

  protected override subquery({ own, outer, ctes, depth }: TangledScope, width?: number): TangledResult {
    const scope = { own: [], outer: [...own, ...outer], ctes, depth: depth + 1 }
    return this.random.chance(25) ? this.query(scope, width) : this.select(scope, width)
  }

  private with({ ctes, depth }: TangledScope): { head: string; ctes: readonly Cte[] } {
    const { random } = this
    const known = [...ctes]
    const recursive = random.chance(20)
    const free = new Set([...this.names, ...this.tables])
    const parts = random.some(3, () => {
      const alias = random.pick([...free])
      free.delete(alias)
      const scope = { own: [], outer: [], ctes: [...known], depth: depth + 1 }
      const isRecursive = recursive && random.chance(70)
      const result = isRecursive ? this.recursive(scope, alias) : this.query(scope)
      known.unshift({ ...result, alias })
      return `${this.written(alias)} as (${result.text})`
    })
    return { head: `with ${recursive ? 'recursive ' : ''}${parts.join(', ')} `, ctes: known }
  }

  private recursive(scope: TangledScope, alias: string): TangledResult {
    const first = this.select({ ...scope, own: [] }, 1 + this.random.below(2))
    const self = { alias, columns: first.columns }
    const second = this.select({ ...scope, own: [], ctes: [...scope.ctes, self] }, first.columns.length, self)
    const operator = this.random.pick(['union all', 'union distinct'])
    return { text: `${first.text} ${operator} ${second.text}`, columns: first.columns }
  }

  private body(scope: TangledScope, width?: number): TangledResult {
    const { random } = this
    if (random.chance(8)) {
      const result = this.query({ ...scope, depth: scope.depth + 1 }, width)
      return { ...result, text: `(${result.text})` }
    }
    if (scope.depth >= 3 || random.chance(85)) return this.select(scope, width)
    const side = (width: number) => this.select({ ...scope, own: [], depth: scope.depth + 1 }, width)
    const first = side(width ?? 1 + random.below(3))
    const operator = random.pick(['union all', 'union distinct', 'except distinct', 'intersect distinct'])
    const byName = width === undefined && random.chance(20)
    const rest = random.some(2, () => {
      const { text } = side(first.columns.length)
      return `${byName ? random.pick(['', 'left ', 'full ']) : ''}${operator}${byName ? ' corresponding' : ''} (${text})`
    })
    return { text: [first.text, ...rest].join(' '), columns: first.columns }
  }

  /** `self` is the CTE that the query is a part of. */
  private select(given: TangledScope, width?: number, self?: Cte): TangledResult {
    const { random } = this
    const { outer, ctes, depth } = given
    const scope = { own: [], outer, ctes, depth }
    if (depth > 0 && !self && random.chance(12)) {
      const { text, ...result } = this.list(scope, width)
      return { ...result, text: `select ${text}` }
    }
    const from = ` from ${this.from(scope, self)}`
    const where = random.chance(35) ? ` where ${this.condition(scope)}` : ''
    if (random.chance(20)) return this.grouped(scope, from + where, width)
    const { text, ...result } = this.list(scope, width)
    const name = result.columns.length > 0 ? random.pick(result.columns).name : ''
    const by = name !== '' && random.chance(50) ? name : this.int(scope)
    const distinct = random.chance(6) ? 'distinct ' : ''
    const qualify = random.chance(8)
      ? ` qualify row_number() over (partition by ${this.int(scope)} order by ${by}) = 1`
      : ''
    const order = width === undefined && random.chance(10) ? ` order by ${by}` : ''
    if (random.chance(90) || width !== undefined || result.value !== undefined)
      return { ...result, text: `select ${distinct}${text}${from}${where}${qualify}${order}` }
    const over = this.written(random.pick(this.names))
    const window = ` window ${over} as (partition by ${this.int(scope)} order by ${this.int(scope)})`
    const alias = random.pick(this.names)
    const columns = [...result.columns, named(alias, 'INT64')]
    return {
      columns,
      text: `select ${text}, sum(${this.number(scope)}) over (${over}) as ${alias}${from}${where}${window}`,
    }
  }

  private grouped(scope: TangledScope, from: string, width = 1 + this.random.below(3)): TangledResult {
    const { random } = this
    const keys: string[] = []
    const items = Array.from({ length: width }, (_, at) => {
      const isKey = at === 0 || random.chance(40)
      const alias = random.chance(70) ? random.pick(this.names) : undefined
      const value = isKey ? this.number(scope) : this.aggregate(scope)
      const last = value.split('.').at(-1) ?? ''
      if (isKey) keys.push(random.pick([value, alias ?? value, `${at + 1}`, last]))
      return { text: value + this.as(alias), name: alias ?? (isKey ? last : '') }
    })
    const list = keys.join(', ')
    const group = random.chance(85)
      ? list
      : random.pick([`rollup(${list})`, `cube(${list})`, `grouping sets((${list}), ())`])
    const tested = random.pick([items[0]?.name || '1', this.aggregate(scope)])
    const having = random.chance(30) ? ` having ${tested} > 0` : ''
    const text = `select ${items.map(({ text }) => text).join(', ')}${from} group by ${group}${having}`
    return { text, columns: items.map(({ name }) => named(name, 'INT64')) }
  }

  private list(scope: TangledScope, width?: number): TangledResult {
    const { random } = this
    if (width !== undefined) return this.items(scope, width, true)
    const relation = scope.own.length > 0 ? random.pick(scope.own) : undefined
    const structs = this.paths(scope).filter(({ type }) => fieldsOf(type).length > 0)
    const all = scope.own.flatMap(({ columns }) => columns)
    switch (random.below(12)) {
      case 0:
      case 1:
        if (relation !== undefined) return this.star(scope, '*', all)
        break
      case 2:
      case 3:
        if (relation?.alias) return this.star(scope, `${this.written(relation.alias)}.*`, relation.columns)
        break
      case 4:
        if (structs.length > 0) return this.starOf(scope, random.pick(structs))
        break
      case 5:
        if (scope.depth > 0) return this.valueTable(scope)
    }
    return this.items(scope, 1 + random.below(3))
  }

  private readonly starOf = (scope: TangledScope, { text, type }: Path) => this.star(scope, `${text}.*`, fieldsOf(type))

  private valueTable(scope: TangledScope): TangledResult {
    const { random } = this
    const distinct = random.chance(10) ? 'distinct ' : ''
    if (random.chance(50)) {
      const { text, type } = this.any(scope)
      const value = { text: `${distinct}as value ${text}`, value: type }
      return { ...value, columns: fieldsOf(type).length > 0 ? fieldsOf(type) : [named('', type)] }
    }
    const { text, columns } = this.items(scope, 1 + random.below(3))
    return { text: `${distinct}as struct ${text}`, columns, value: { struct: columns } }
  }

  private star(scope: TangledScope, star: string, columns: readonly TypedName[]): TangledResult {
    const { random } = this
    const name = random.pick(['', ...columns.map(({ name }) => name)])
    if (name === '' || columns.length < 2 || random.chance(40)) return { text: star, columns }
    if (random.chance(50))
      return { text: `${star} except (${this.written(name)})`, columns: columns.filter(column => column.name !== name) }
    const { text, type } = this.any(scope)
    const replaced = columns.map(column => (column.name === name ? named(name, type) : column))
    return { text: `${star} replace (${text} as ${this.written(name)})`, columns: replaced }
  }

  protected override items(scope: TangledScope, width: number, numbers = false): TangledResult {
    const { random } = this
    const items = Array.from({ length: width }, () => {
      const isNumber = numbers || random.chance(60)
      const { text, type } = isNumber ? ({ text: this.int(scope), type: 'INT64' } as const) : this.any(scope)
      const alias = random.chance(65) ? random.pick(this.names) : undefined
      const last = /^[\w.`]+$/.test(text) ? text.split('.').at(-1)?.replaceAll('`', '').toLowerCase() : undefined
      return {
        text: alias === undefined ? text : `${text} as ${this.written(alias)}`,
        column: named(alias ?? last ?? '', type),
      }
    })
    return { text: items.map(({ text }) => text).join(', '), columns: items.map(({ column }) => column) }
  }
}
