import type { CatalogObjects } from '#src/classify/catalog.ts'
import type { Dialect } from '#src/statement.ts'
import {
  ExpressionWriter,
  nothing,
  type Query,
  type Scope,
  type Source,
  union,
  type WrittenColumn,
} from './expression-writer.ts'
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
  const writer = new QueryWriter(random, dialect)
  const { pieces, columns } = writer.query([], [], 0)
  const { tables, filters } = writer
  return { dialect, pieces, tables, filters, columns }
}

class QueryWriter extends ExpressionWriter {
  readonly tables = new Set<string>()

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
    if (width === undefined && random.chance(10)) return this.starWithout(scope)
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

  /** A star over the sources, but for one column. */
  private starWithout(scope: Scope): Query {
    const all = scope.own.flatMap(source => source.columns)
    const { name } = this.random.pick(all)
    const left = all.filter(column => column.name !== name)
    if (left.length === 0) return { pieces: ['*'], columns: all }
    const word = this.dialect === 'snowflake' ? 'exclude' : 'except'
    return { pieces: ['*', word, '(', name.toLowerCase(), ')'], columns: left }
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

  protected subquery(scope: Scope, width?: number): Query {
    return this.select(scope.ctes, [...scope.outer, ...scope.own], scope.depth + 1, width)
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
