import type { Dialect } from '../statement.ts'
import type { Catalog } from './classification.ts'

/** Columns by name and type, by table: what a warehouse's catalog would say, written down beside a statement. */
export type TableColumns = Readonly<Record<string, Readonly<Record<string, string>>>>

/** The columns given with a statement, under the names the dialect resolves them to. */
export class GivenColumns implements Catalog {
  private readonly tables: ReadonlyMap<string, Readonly<Record<string, string>>>
  constructor(dialect: Dialect, tables: TableColumns) {
    const fold = (name: string) => (dialect === 'snowflake' ? name.toUpperCase() : name)
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
}
