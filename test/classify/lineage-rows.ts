import type { Dialect } from '#src/statement.ts'
import type { LineageLabelled } from './corpus.ts'

/** A query, and for each column of its result `name=base columns|columns that only decide`. */
export interface LineageRow {
  readonly sql: string
  readonly outputs: readonly string[]
}

/** `sql => output; output`, one a line. */
export function parseRows(text: string): readonly LineageRow[] {
  return text
    .trim()
    .split('\n')
    .map(line => {
      const at = line.lastIndexOf(' => ')
      return { sql: line.slice(0, at), outputs: line.slice(at + 4).split('; ') }
    })
}

const tables = (text: string) => ({
  customers: {
    id: 'INT',
    name: text,
    email: text,
    ssn: text,
    balance: 'DECIMAL(10,2)',
    city: text,
  },
  orders: { id: 'INT', customer_id: 'INT', amount: 'DECIMAL(10,2)', status: text, created_at: 'TIMESTAMP' },
  staff: { id: 'INT', name: text, email: text, salary: 'INT', mgr: 'INT' },
})

/** The tables that the rows read. */
export const lineageSchema: Readonly<Record<Dialect, LineageLabelled['schema']>> = {
  snowflake: { ...tables('VARCHAR'), events: { id: 'INT', user_id: 'INT', payload: 'VARIANT', ts: 'TIMESTAMP' } },
  bigquery: {
    ...tables('STRING'),
    events: {
      id: 'INT64',
      user_id: 'INT64',
      payload: 'JSON',
      ts: 'TIMESTAMP',
      rec: 'STRUCT<ssn STRING, addr STRUCT<zip STRING, city STRING>>',
      tags: 'ARRAY<STRUCT<k STRING, v STRING>>',
      nums: 'ARRAY<INT64>',
    },
    // Types that say nothing of some fields.
    untold: { ssn: 'STRING', one: 'RECORD', list: 'ARRAY<STRUCT<a INT64, b c STRING>>' },
  },
}
