import type { Random } from './random.ts'
import { fieldsOf } from './tangled-paths.ts'
import { type Type, tangledTables } from './tangled-tables.ts'

/** What is said in pipes, and what that is in plain SQL. */
export interface Said {
  readonly piped: string
  readonly plain: string
}

export interface Column {
  readonly name: string
  /** What it is called in plain SQL. */
  readonly id: string
  readonly type: Type
}

/** What one operator hands on to the next. */
export interface Rows {
  readonly piped: string
  /** A query of every column that can be named: of the rows, and of what the tables' names stand for. */
  readonly plain: string
  readonly columns: readonly Column[]
  /** Tables' names mean their rows as they were. */
  readonly aliases: ReadonlyMap<string, readonly Column[]>
}

/** Rows whose names can be said, the nearest first. */
export type Scope = readonly Pick<Rows, 'columns' | 'aliases'>[]

export const names = ['a', 'b', 's', 't', 'u', 'x', 'c', 'd', 'q']
const tables = ['t', 'u', 's', 'arr', 'x', 'value']

/** What queries of pipes begin with, and what their names mean. */
export abstract class PipedSources {
  protected readonly random: Random
  protected readonly ctes = new Map<string, { readonly plain: string; readonly columns: readonly Column[] }>()
  private count = 0
  constructor(random: Random) {
    this.random = random
  }

  /** A query that sees nothing around it. */
  protected abstract query(depth: number): Rows

  protected upTo<T>(most: number, make: () => T): readonly T[] {
    return this.random.chance(50) ? [] : this.random.some(most, make)
  }

  /** A table, a name of WITH, or a query in brackets: with its name. */
  protected source(depth: number, taken: ReadonlyMap<string, unknown> = new Map()): Rows {
    const { random } = this
    const alias = random.pick(names.filter(name => !taken.has(name)))
    if (depth < 2 && random.chance(20)) {
      const inner = this.query(depth + 1)
      const { columns } = inner
      return {
        piped: `(${inner.piped}) as ${alias}`,
        plain: inner.plain,
        columns,
        aliases: new Map([[alias, columns]]),
      }
    }
    const cte = [...this.ctes].filter(([name]) => !taken.has(name))
    const [name, known] = cte.length > 0 && random.chance(40) ? random.pick(cte) : [undefined, undefined]
    if (name !== undefined && known !== undefined) {
      const columns = known.columns.map(column => ({ ...column, id: this.id() }))
      const list = columns.map(({ id }, at) => `${known.columns[at]?.id} as ${id}`).join(', ')
      const shown = random.chance(50) ? alias : name
      const piped = shown === name ? name : `${name} as ${alias}`
      return { piped, plain: `select ${list} from (${known.plain})`, columns, aliases: new Map([[shown, columns]]) }
    }
    const table = random.pick(tables.filter(each => !this.ctes.has(each)))
    const columns = (tangledTables.get(table) ?? []).map(column => ({ ...column, id: this.id() }))
    const list = columns.map(({ name, id }) => `z.\`${name}\` as ${id}`).join(', ')
    const shown = random.chance(50) || taken.has(table) ? alias : table
    return {
      piped: shown === table ? table : `${table} as ${shown}`,
      plain: `select ${list} from p.d.${table} as z`,
      columns,
      aliases: new Map([[shown, columns]]),
    }
  }

  protected number(scope: Scope): Said {
    const found = scope.flatMap((rows, level) => this.paths(rows, scope.slice(0, level)))
    return this.random.pick([{ piped: '1', plain: '1' }, ...found, ...found])
  }

  /** Whatever can be named in just one way, and by no name that something nearer has. */
  private paths(rows: Scope[number], nearer: Scope): readonly Said[] {
    const isFree = (name: string) =>
      nearer.every(({ columns, aliases }) => !aliases.has(name) && columns.every(column => column.name !== name))
    const bare = rows.columns.filter(column => this.isOne(rows, column) && isFree(column.name))
    const qualified = [...rows.aliases].flatMap(([alias, columns]) =>
      rows.columns.some(({ name }) => name === alias) || !isFree(alias)
        ? []
        : columns
            .filter(column => columns.filter(({ name }) => name === column.name).length === 1)
            .flatMap(column => within(`${alias}.${column.name}`, column)),
    )
    return [...bare.flatMap(column => within(column.name, column)), ...qualified]
  }

  protected isAlias([rows]: Scope, alias: string): boolean {
    return rows?.columns.every(({ name }) => name !== alias) ?? false
  }

  private readonly isOne = ({ columns, aliases }: Scope[number], { name }: Column): boolean =>
    columns.filter(each => each.name === name).length === 1 && !aliases.has(name)

  protected oneOf(rows: Rows): Column | undefined {
    const sure = rows.columns.filter(column => this.isOne(rows, column))
    return sure.length > 0 ? this.random.pick(sure) : undefined
  }

  protected id(): string {
    this.count += 1
    return `_${this.count}`
  }
}

/** The numbers in a column. */
function within(piped: string, { id, type }: Column): readonly Said[] {
  const inside = (path: string, plain: string, of: Type): readonly Said[] =>
    of === 'INT64'
      ? [{ piped: path, plain }]
      : fieldsOf(of).flatMap(({ name, type }) => inside(`${path}.${name}`, `${plain}.\`${name}\``, type))
  return inside(piped, id, type)
}
