import type { WirePage } from '#src/execute/wire-page.ts'

/** Rows as Snowflake writes them. */
export function rowsetPage(rows: readonly (readonly unknown[])[]): WirePage {
  return { form: 'snowflake-rowset', rows: rows.length, pieces: [Buffer.from(JSON.stringify(rows))] }
}
