import type { CatalogObjects } from '#src/classify/catalog.ts'
import type { Dialect } from '#src/statement.ts'
import type { Random } from './random.ts'

/** A query that was made by rule, with what it reads as its maker knows it: no parser was asked. */
export interface WrittenQuery {
  readonly dialect: Dialect
  /** Pieces that may stand apart; blanks belong nowhere else. */
  readonly pieces: readonly string[]
  readonly tables: ReadonlySet<string>
  /** For each column of the result its name and the base columns that it is made of. */
  readonly columns: readonly WrittenColumn[]
  /** Base columns of conditions, joins, groups and orders. */
  readonly filters: ReadonlySet<string>
}

export interface WrittenColumn {
  readonly name: string
  readonly from: ReadonlySet<string>
}

/** What unqualified names of a written query resolve in. */
export const writtenContext = {
  snowflake: { database: 'DB', schema: 'SCH' },
  bigquery: { database: 'my-proj', schema: 'ds' },
} as const

const tableCount = 8

/** The columns of all tables that written queries read. */
export function writtenCatalog(dialect: Dialect): CatalogObjects {
  const type = dialect === 'snowflake' ? 'NUMBER' : 'INT64'
  return new Map(
    Array.from({ length: tableCount }, (_, n) => [
      fullName(dialect, n),
      { kind: 'table', columns: Object.fromEntries(columnsOf(n).map(name => [folded(dialect, name), type])) } as const,
    ]),
  )
}

const columnsOf = (table: number): readonly string[] => ['a', 'b', 'c'].map(letter => `${letter}${table}`)
const folded = (dialect: Dialect, name: string): string => (dialect === 'snowflake' ? name.toUpperCase() : name)

function fullName(dialect: Dialect, table: number): string {
  const { database, schema } = writtenContext[dialect]
  return `${database}.${schema}.${folded(dialect, `t${table}`)}`
}

export function writeQuery(random: Random, dialect: Dialect): WrittenQuery {
  const writer = new Writer(random, dialect)
  const { pieces, columns } = writer.query([], [], 0)
  const { tables, filters } = writer
  return { dialect, pieces, tables, filters, columns }
}

interface Source {
  readonly alias: string
  readonly columns: readonly WrittenColumn[]
}

interface Part {
  readonly pieces: readonly string[]
  readonly from: ReadonlySet<string>
}

interface Query {
  readonly pieces: readonly string[]
  readonly columns: readonly WrittenColumn[]
}

const union = (...sets: readonly ReadonlySet<string>[]): ReadonlySet<string> => new Set(sets.flatMap(set => [...set]))
const nothing: ReadonlySet<string> = new Set()

class Writer {
  readonly tables = new Set<string>()
  readonly filters = new Set<string>()
  private readonly random: Random
  private readonly dialect: Dialect
  private names = 0
  constructor(random: Random, dialect: Dialect) {
    this.random = random
    this.dialect = dialect
  }

  /** `ctes` are what its FROM may name; `outer` is what its expressions may look at besides its own sources. */
  query(ctes: readonly Source[], outer: readonly Source[], depth: number): Query {
    const { random } = this
    const known = [...ctes]
    const head: string[] = []
    if (random.chance(depth === 0 ? 50 : 10)) {
      for (const at of Array.from({ length: 1 + random.below(2) }).keys()) {
        const alias = this.name('w')
        const { pieces, columns } = this.query(known, [], depth + 1)
        head.push(...(at === 0 ? ['with'] : [',']), alias, 'as', '(', ...pieces, ')')
        known.push({ alias, columns })
      }
    }
    const first = this.select(known, outer, depth)
    if (!random.chance(20)) return { pieces: [...head, ...first.pieces], columns: first.columns }
    return this.combined(head, first, known, outer, depth)
  }

  private combined(
    head: readonly string[],
    first: Query,
    ctes: readonly Source[],
    outer: readonly Source[],
    depth: number,
  ): Query {
    const all = this.random.chance(60)
    const operator = all ? ['union', 'all'] : this.random.pick(setOperators[this.dialect])
    const second = this.select(ctes, outer, depth, first.columns.length)
    const columns = first.columns.map(({ name, from }, at) => ({
      name,
      from: union(from, second.columns[at]?.from ?? nothing),
    }))
    // All but UNION ALL compare whole rows.
    if (!all) for (const { from } of columns) this.filter(from)
    return { pieces: [...head, ...first.pieces, ...operator, ...second.pieces], columns }
  }

  private select(ctes: readonly Source[], outer: readonly Source[], depth: number, width?: number): Query {
    const { random } = this
    const sources: Source[] = []
    const from = this.from(sources, ctes, depth)
    const scope = { own: sources, outer, ctes, depth }
    const { pieces, columns } = this.list(scope, width)
    const where = random.chance(50) ? ['where', ...this.condition(scope)] : []
    const grouped = random.chance(15)
    const group = grouped ? ['group', 'by', ...this.filtered(this.column(scope))] : []
    const having = grouped && random.chance(50) ? ['having', ...this.condition(scope)] : []
    const qualify = !grouped && random.chance(10) ? ['qualify', ...this.filtered(this.window(scope)), '=', '1'] : []
    return { pieces: ['select', ...pieces, ...from, ...where, ...group, ...having, ...qualify], columns }
  }

  private list(scope: Scope, width: number | undefined): Query {
    const { random } = this
    if (width === undefined && random.chance(15)) {
      return { pieces: ['*'], columns: scope.own.flatMap(source => source.columns) }
    }
    if (width === undefined && random.chance(15)) {
      const source = random.pick(scope.own)
      return { pieces: [`${source.alias}.*`], columns: source.columns }
    }
    const items = Array.from({ length: width ?? 1 + random.below(3) }, () => {
      const { pieces, from } = this.expression(scope, 2)
      const name = this.name('x')
      return { pieces: [...pieces, ...(random.chance(80) ? ['as'] : []), name], column: this.shown(name, from) }
    })
    return {
      pieces: items.flatMap(({ pieces }, at) => (at === 0 ? pieces : [',', ...pieces])),
      columns: items.map(({ column }) => column),
    }
  }

  private shown(name: string, from: ReadonlySet<string>): WrittenColumn {
    return { name: folded(this.dialect, name), from }
  }

  private from(sources: Source[], ctes: readonly Source[], depth: number): readonly string[] {
    const pieces: string[] = ['from', ...this.source(sources, ctes, depth)]
    while (sources.length < 3 && this.random.chance(35)) {
      if (this.random.chance(40)) pieces.push(',', ...this.source(sources, ctes, depth))
      else {
        const next = this.source(sources, ctes, depth)
        const on = this.condition({ own: [...sources], outer: [], ctes, depth })
        pieces.push(...this.random.pick(joins), ...next, 'on', ...on)
      }
    }
    return pieces
  }

  private source(sources: Source[], ctes: readonly Source[], depth: number): readonly string[] {
    const { random } = this
    const alias = this.name('s')
    const as = random.chance(50) ? ['as', alias] : [alias]
    if (depth < 3 && random.chance(20)) {
      const { pieces, columns } = this.query(ctes, [], depth + 1)
      sources.push({ alias, columns })
      return ['(', ...pieces, ')', ...as]
    }
    if (ctes.length > 0 && random.chance(40)) {
      const cte = random.pick(ctes)
      sources.push({ alias, columns: cte.columns })
      return [cte.alias, ...as]
    }
    const table = random.below(tableCount)
    const name = fullName(this.dialect, table)
    this.tables.add(name)
    const columns = columnsOf(table).map(column =>
      this.shown(column, new Set([`${name}.${folded(this.dialect, column)}`])),
    )
    sources.push({ alias, columns })
    return [this.tableName(table), ...as]
  }

  private tableName(table: number): string {
    const name = `t${table}`
    const forms = this.dialect === 'snowflake' ? snowflakeForms : bigqueryForms
    return this.random.pick(forms).replace('T', name).replace('U', name.toUpperCase())
  }

  private condition(scope: Scope): readonly string[] {
    const { random } = this
    const left = this.filtered(this.expression(scope, 1))
    switch (random.below(scope.depth < 3 ? 6 : 3)) {
      case 0:
        return [...left, random.pick(['=', '<', '>=', '<>']), ...this.filtered(this.expression(scope, 1))]
      case 1:
        return [...left, 'is', 'not', 'null', 'and', ...this.condition({ ...scope, depth: 9 })]
      case 2:
        return [...left, 'in', '(', '1', ',', '2', ')', 'or', ...left, 'between', '1', 'and', '5']
      case 3: {
        const { pieces, columns } = this.subquery(scope, 1)
        for (const { from } of columns) this.filter(from)
        return [...left, 'in', '(', ...pieces, ')']
      }
      case 4:
        return [...left, 'is', 'null', 'or', 'not', 'exists', '(', ...this.subquery(scope).pieces, ')']
      default: {
        const { pieces, columns } = this.subquery(scope, 1)
        for (const { from } of columns) this.filter(from)
        return [...left, '>', '(', ...pieces, ')']
      }
    }
  }

  private subquery(scope: Scope, width?: number): Query {
    return this.select(scope.ctes, [...scope.outer, ...scope.own], scope.depth + 1, width)
  }

  private expression(scope: Scope, most: number): Part {
    const { random } = this
    const inner = () => this.expression(scope, most - 1)
    if (most === 0) return random.chance(20) ? this.literal() : this.column(scope)
    switch (random.below(scope.depth < 3 ? 9 : 8)) {
      case 0:
        return this.literal()
      case 1:
        return joined(['('], inner(), [random.pick(['+', '-', '*', '||'])], inner(), [')'])
      case 2:
        return joined([random.pick(['coalesce', 'greatest', 'concat']), '('], inner(), [','], inner(), [')'])
      case 3:
        return joined(['case', 'when'], inner(), ['=', '1', 'then'], inner(), ['else'], inner(), ['end'])
      case 4:
        return joined(['cast', '('], inner(), ['as', this.dialect === 'snowflake' ? 'varchar' : 'string', ')'])
      case 5:
        return this.window(scope)
      case 8: {
        const { pieces, columns } = this.subquery(scope, 1)
        return { pieces: ['(', ...pieces, ')'], from: columns[0]?.from ?? nothing }
      }
      default:
        return this.column(scope)
    }
  }

  private window(scope: Scope): Part {
    const [value, by, order] = [this.column(scope), this.column(scope), this.column(scope)]
    const over = joined(['(', 'partition', 'by'], by, ['order', 'by'], order, [')'])
    return joined([this.random.pick(['max', 'sum', 'first_value']), '('], value, [')', 'over'], over)
  }

  private literal(): Part {
    return { pieces: [this.random.pick(literals[this.dialect])], from: nothing }
  }

  private column(scope: Scope): Part {
    const reachable = scope.outer.length > 0 && this.random.chance(30) ? scope.outer : scope.own
    const source = this.random.pick(reachable)
    const column = this.random.pick(source.columns)
    const same = [...scope.own, ...scope.outer].flatMap(({ columns }) =>
      columns.filter(({ name }) => name === column.name),
    )
    const plain = column.name.toLowerCase()
    // Two columns of one name cannot be told apart in one source either; what is made of both counts.
    const from = union(...source.columns.filter(({ name }) => name === column.name).map(each => each.from))
    const qualified = same.length > 1 || this.random.chance(60)
    return { pieces: [qualified ? `${source.alias}.${plain}` : plain], from }
  }

  private filtered({ pieces, from }: Part): readonly string[] {
    this.filter(from)
    return pieces
  }

  private filter(from: ReadonlySet<string>): void {
    for (const column of from) this.filters.add(column)
  }

  private name(letter: string): string {
    this.names += 1
    return `${letter}${this.names}`
  }
}

interface Scope {
  readonly own: readonly Source[]
  readonly outer: readonly Source[]
  readonly ctes: readonly Source[]
  readonly depth: number
}

function joined(...parts: readonly (readonly string[] | Part)[]): Part {
  return {
    pieces: parts.flatMap(part => ('from' in part ? part.pieces : part)),
    from: union(...parts.map(part => ('from' in part ? part.from : nothing))),
  }
}

const setOperators: Readonly<Record<Dialect, readonly (readonly string[])[]>> = {
  snowflake: [['union'], ['except'], ['intersect'], ['minus']],
  bigquery: [
    ['union', 'distinct'],
    ['except', 'distinct'],
    ['intersect', 'distinct'],
  ],
}
const joins = [['join'], ['left', 'join'], ['inner', 'join'], ['full', 'outer', 'join']] as const
const literals: Readonly<Record<Dialect, readonly string[]>> = {
  snowflake: ['1', '2.5', "'x'", "'it''s'", "'--'", "'/*'", '$$;$$', "'\\\\'", '1e3', 'null', 'true'],
  bigquery: ['1', '2.5', "'x'", '"it\'s"', "'--'", "r'\\''", "'''a'b'''", "b'/*'", '1e3', 'null', 'true'],
}
/** `T` stands for the name, `U` for it in upper case. */
const snowflakeForms = ['T', 'sch.T', 'db.sch.T', '"DB".sch."U"', 'Db.SCH.T', '"U"'] as const
const bigqueryForms = [
  'T',
  'ds.T',
  'my-proj.ds.T',
  '`my-proj`.ds.T',
  '`my-proj.ds.T`',
  '`my-proj.ds`.T',
  '`T`',
] as const
