import assert from 'node:assert/strict'
import type { Stand } from '#test/stand/stand.ts'
import type { Answer, Scenario } from '../client.ts'
import { type Row, rowsOf } from './answers.ts'

/** Of every type: as the table is made, the value as it is inserted, and as every client's program shows it. */
const samples: Readonly<Record<string, readonly [type: string, value: string, shown: unknown]>> = {
  WHOLE: ['bigint', '7', 7],
  EXACT: ['decimal(10, 2)', '1.25', 1.25],
  FLOATING: ['double', '0.5', 0.5],
  WORDS: ['varchar', `'a "text", ä'`, 'a "text", ä'],
  YES: ['boolean', 'true', true],
  DAY: ['date', `'2026-01-02'`, '2026-01-02'],
  CLOCK: ['time', `'03:04:05'`, '03:04:05'],
  MOMENT: ['timestamp', `'2026-01-02 03:04:05'`, '2026-01-02T03:04:05'],
  ZONED: ['timestamptz', `'2026-01-02 03:04:05+00'`, '2026-01-02T03:04:05'],
  BYTES: ['blob', `'\\xFF\\x00'::blob`, 'FF00'],
  DOCUMENT: ['json', `'{"a": [1, null]}'`, '{"a":[1,null]}'],
}
const names = Object.keys(samples)
const hidden = names.map(name => `HIDDEN_${name}`)
const plainSql = `select ${names.join(', ')} from samples order by id`
const maskedSql = `select ${hidden.join(', ')} from samples order by id`

/** One row of values, then one of nulls; each column a second time, which the policy masks. */
export async function createSamples({ snowflake }: Pick<Stand, 'snowflake'>): Promise<void> {
  const columns = (prefix: string) => Object.entries(samples).map(([name, [type]]) => `"${prefix}${name}" ${type}`)
  const values = Object.values(samples).map(([, value]) => value)
  const row = (id: number, values: readonly string[]) => `(${[id, ...values, ...values].join(', ')})`
  await snowflake.database.admin.run(`
    create table "DEMO"."SHOP"."KEYED" ("ID" integer primary key, "STATUS" varchar);
    create table "DEMO"."SHOP"."SAMPLES" ("ID" integer, ${[...columns(''), ...columns('HIDDEN_')].join(', ')});
    insert into "DEMO"."SHOP"."SAMPLES" values ${row(1, values)}, ${row(
      2,
      values.map(() => 'null'),
    )}`)
}

function shown(row: Row | undefined, columns: readonly string[]): unknown[] {
  return columns.map(name => alike(row?.[name]))
}

/** Clients differ in whether a decimal is a text, and a document a value. */
function alike(value: unknown): unknown {
  if (value !== null && typeof value === 'object') return JSON.stringify(value)
  if (typeof value === 'string' && /^\s*\{/.test(value)) return JSON.stringify(JSON.parse(value))
  return typeof value === 'string' && /^\d+(\.\d+)?$/.test(value) ? Number(value) : value
}

export const typeScenarios: readonly Scenario[] = [
  {
    name: 'values of every type, and null',
    steps: [{ sql: plainSql }],
    check: ([answer]) => assertPlain(answer),
  },
  {
    name: 'values of every type, masked, and null',
    steps: [{ sql: maskedSql }],
    check: ([answer]) => assertMasked(answer),
  },
  ...(['JSON', 'ARROW'] as const).map(
    (format): Scenario => ({
      name: `values of every type, and null, where the session asks for ${format}`,
      ...(format === 'ARROW' ? { onlyFor: ['python', 'sqlalchemy', 'gosnowflake', 'jdbc'] } : {}),
      steps: [{ sql: `alter session set query_result_format = '${format}'` }, { sql: plainSql }, { sql: maskedSql }],
      check([, plain, masked]) {
        assertPlain(plain)
        assertMasked(masked)
      },
    }),
  ),
  ...inColumns('columns: as a pandas data frame, in Arrow batches', 'driver', ['connector-python', 'gosnowflake']),
  ...inColumns('columns: as a pandas data frame of Snowpark', 'snowpark', ['connector-python 4']),
]

function inColumns(name: string, columns: string, onlyFor: readonly string[]): Scenario[] {
  const orders = 'select o.id, c.email from orders o join customers c on c.id = o.customer_id order by o.id'
  const sqls = [plainSql, maskedSql, `select ${names.join(', ')} from samples where id = 0`, orders]
  return [
    {
      ...{ name, onlyFor },
      steps: sqls.map(sql => ({ sql, columns })),
      check([plain, masked, none, many]) {
        assertPlain(plain)
        assertMasked(masked)
        assert.deepEqual(rowsOf(none), [])
        const rows = rowsOf(many)
        assert.equal(rows.length, 200_000)
        assert.ok(rows.every(({ ID, EMAIL }, at) => Number(ID) === at + 1 && EMAIL === 'c***@***.example'))
      },
    },
  ]
}

function assertPlain(answer: Answer | undefined): void {
  const [values, nulls] = rowsOf(answer)
  assert.deepEqual(
    shown(values, names),
    Object.values(samples).map(([, , value]) => value),
  )
  assert.deepEqual(
    shown(nulls, names),
    names.map(() => null),
  )
}

function assertMasked(answer: Answer | undefined): void {
  const [values, nulls] = rowsOf(answer)
  assert.deepEqual(
    shown(values, hidden),
    names.map(name => (name === 'WORDS' ? '[masked]' : null)),
  )
  assert.deepEqual(
    shown(nulls, hidden),
    names.map(() => null),
  )
}
