import type { WarehouseCatalog } from '../execute/warehouse.ts'
import type { Dialect } from '../statement.ts'

/** Columns by name and type, by table. */
export type TableColumns = Readonly<Record<string, Readonly<Record<string, string>>>>

/**
 * What a warehouse's catalog would say, written down beside a statement, under the names the dialect resolves them to. What is
 * not said to be a view is taken for a table.
 */
export class GivenCatalog implements WarehouseCatalog {
  private readonly tables: ReadonlyMap<string, Readonly<Record<string, string>>>
  private readonly views: ReadonlySet<string>
  constructor(dialect: Dialect, tables: TableColumns, views: readonly string[] = []) {
    const fold = (name: string) => (dialect === 'snowflake' ? name.toUpperCase() : name)
    this.views = new Set(views.map(fold))
    this.tables = new Map(
      Object.entries(tables).map(([table, columns]) => [
        fold(table),
        Object.fromEntries(Object.entries(columns).map(([name, type]) => [fold(name), String(type)])),
      ]),
    )
  }

  async columns(table: string): Promise<Readonly<Record<string, string>> | undefined> {
    return this.tables.get(table)
  }

  async isBaseTable(table: string): Promise<boolean> {
    return !this.views.has(table)
  }
}
