import type { WirePage } from '#src/execute/wire-page.ts'

/** Rows as Snowflake writes them. */
export function rowsetPage(rows: readonly (readonly unknown[])[]): WirePage {
  return { form: 'snowflake-rowset', rows: rows.length, pieces: [Buffer.from(JSON.stringify(rows))] }
}

/** A page that was read back, as it was when it was recorded: it can give its memory back since. */
export function asPut({ free: _, ...page }: WirePage): WirePage {
  return page
}
