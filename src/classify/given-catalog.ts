import type { Dialect } from '../statement.ts'
import type { Catalog, CatalogObject, CatalogObjects } from './catalog.ts'
import { quoteDotted } from './column-name.ts'
import { parseDottedName } from './walk/names.ts'
import { isWildcardTable, standsFor } from './walk/wildcard-table.ts'

/** Columns by name and type, by table. */
export type TableColumns = Readonly<Record<string, Readonly<Record<string, string>>>>

/**
 * The parts of a name as Snowflake stores what is written so in a statement: in upper case, but for what stands in double quotes,
 * or can stand nowhere else: `Net total`.
 */
function stored(written: string): readonly string[] {
  const parts = written.includes('"') ? parseDottedName(written) : undefined
  if (parts) return parts.map(({ text, quoted }) => (quoted ? text : text.toUpperCase()))
  return written.split('.').map(part => (/^[a-z_][\w$]*$/i.test(part) ? part.toUpperCase() : part))
}

/**
 * What a warehouse's catalog would say, written down beside a statement, under the names the dialect resolves them to. What is
 * not said to be a view is taken for a table.
 */
export class GivenCatalog implements Catalog {
  private readonly known = new Map<string, CatalogObject>()
  constructor(
    dialect: Dialect,
    tables: TableColumns,
    views: readonly string[] = [],
    rows: Readonly<Record<string, number>> = {},
  ) {
    const snowflake = dialect === 'snowflake'
    const fold = (name: string) => (snowflake ? stored(name).map(quoteDotted).join('.') : name)
    const foldColumn = (name: string) => (snowflake ? stored(name).join('.') : name)
    for (const [table, columns] of Object.entries(tables)) {
      const folded = Object.entries(columns).map(([name, type]) => [foldColumn(name), String(type)])
      this.known.set(fold(table), { kind: 'table', columns: Object.fromEntries(folded), tags: {} })
    }
    for (const [table, count] of Object.entries(rows)) {
      const object = this.known.get(fold(table)) ?? { kind: 'table', columns: {} }
      this.known.set(fold(table), { ...object, rows: count })
    }
    for (const view of views.map(fold)) {
      this.known.set(view, { kind: 'view', columns: this.known.get(view)?.columns ?? {} })
    }
  }

  async objects(names: readonly string[]): Promise<CatalogObjects> {
    return new Map(
      names.flatMap(name => {
        const object = this.known.get(name) ?? this.wildcard(name)
        return object === undefined ? [] : [[name, object] as const]
      }),
    )
  }

  /** The last by name stands for the newest: tables of a wildcard are named by their day. */
  private wildcard(name: string): CatalogObject | undefined {
    const tables = isWildcardTable(name) ? [...this.known.keys()].filter(table => standsFor(name, table)).sort() : []
    const objects = tables.flatMap(table => this.known.get(table) ?? [])
    const view = objects.find(({ kind }) => kind !== 'table')
    return view ?? objects.at(-1)
  }
}
