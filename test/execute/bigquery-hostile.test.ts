import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type TestContext, test } from 'node:test'
import { bigqueryJobId } from '#gateway/execute/bigquery.ts'
import { createWarehouse } from '#gateway/execute/create-warehouses.ts'
import type { BigQueryConnection } from '#src/config/config.ts'
import { Secret } from '#src/config/secret.ts'
import { lakeStatement } from './bigquery-set-up.ts'
import { keptSeal } from './kept-seal.ts'
import { rowsOf } from './snowflake-set-up.ts'

const sql = 'select 1 as a'
const statement = lakeStatement({ sql })
const jobReference = { jobId: bigqueryJobId(statement.statement.id), location: 'US' }
const job = { jobReference, configuration: { query: { query: sql } }, status: { state: 'DONE' } }
const rows = (...values: number[]) => ({ rows: values.map(v => ({ f: [{ v: String(v) }] })) })
const schema = { fields: [{ name: 'a', type: 'INTEGER' }] }
const first = { jobReference, jobComplete: true, schema, totalRows: '2', pageToken: 'next', ...rows(1) }

/** A server in BigQuery's place whose result is these pages; nothing is said where they end. `inserted`: what it answers to the statement. */
async function pagesAre(t: TestContext, pages: readonly object[], inserted: object = job) {
  let asked = 0
  const server = createServer((request, response) => {
    const answer = request.method === 'POST' ? inserted : pages[asked++]
    if (answer) request.resume().once('end', () => response.end(JSON.stringify(answer)))
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const connection: BigQueryConnection = {
    ...{ kind: 'bigquery', project: 'acme-lake', location: 'US', reader: 'reader' },
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    credentials: { mint: 'workload-identity', serviceAccounts: {}, lifetimeSeconds: 300 },
  }
  const minter = {} as Parameters<typeof createWarehouse>[2]['minter']
  const warehouse = createWarehouse('lake', connection, { minter, seal: keptSeal, pausesMilliseconds: [] })
  t.after(async () => {
    await warehouse.close()
    server.closeAllConnections()
    server.close()
  })
  const times = { mintedAt: Date.now(), expiresAt: Number.MAX_SAFE_INTEGER }
  const credential = { id: 'c', role: 'reader', secret: new Secret('token'), standing: false, ...times }
  return {
    asked: () => asked,
    execute: (signal: AbortSignal) => warehouse.execute(statement, credential, signal),
  }
}

test('a result is whole, or it is none: as many rows as were announced, on pages of a job that is complete', async t => {
  const last = { jobReference, jobComplete: true, totalRows: '2', ...rows(2) }
  const read = async (pages: readonly object[]) => {
    const { execute } = await pagesAre(t, pages)
    return rowsOf(await execute(new AbortController().signal))
  }
  assert.deepEqual(await read([first, last]), [[1], [2]])
  const { pageToken: _, ...only } = first
  for (const pages of [
    [only],
    [{ ...first, pageToken: 7 }],
    [{ ...first, totalRows: undefined }, last],
    [first, {}],
    [first, { jobReference, jobComplete: false }],
    [first, { ...last, jobReference: { jobId: 'of-another' } }],
    [first, { ...last, jobReference: undefined }],
    [first, { ...last, jobComplete: 'true' }],
    [first, { jobReference, jobComplete: true, totalRows: '1' }],
    [first, { ...last, ...rows(2, 3) }],
    [first, { ...last, pageToken: { next: true } }],
  ])
    await assert.rejects(read(pages), { code: 'warehouse_unavailable', message: /to its end/ }, JSON.stringify(pages))
})

test('a page that says other columns than the first one is none of this result: it would be masked by theirs', async t => {
  const columns = (...names: string[]) => ({ fields: names.map(name => ({ name, type: 'STRING' })) })
  const row = { rows: [{ f: [{ v: 'a' }, { v: 'b' }] }] }
  const two = (said: object) => [
    { ...first, schema: columns('id', 'email'), ...row },
    { jobReference, jobComplete: true, totalRows: '2', ...row, ...said },
  ]
  const read = async (said: object) =>
    rowsOf(await (await pagesAre(t, two(said))).execute(new AbortController().signal))
  for (const said of [{}, { schema: columns('id', 'email') }]) assert.equal((await read(said)).length, 2)
  const typed = {
    fields: [
      { name: 'id', type: 'STRING' },
      { name: 'email', type: 'INTEGER' },
    ],
  }
  for (const schema of [columns('email', 'id'), columns('id'), columns('id', 'email', 'phone'), typed, {}, null])
    await assert.rejects(read({ schema }), { code: 'result_shape' }, JSON.stringify(schema))
})

test('while a page does not come, it is heard that the statement is withdrawn', { timeout: 20_000 }, async t => {
  const { asked, execute } = await pagesAre(t, [first])
  const stop = new AbortController()
  const execution = await execute(stop.signal)
  const heard = assert.rejects(rowsOf(execution), { code: 'cancelled' })
  while (asked() < 2) await new Promise(setImmediate)
  stop.abort()
  await heard
})

test('what is no answer to the statement says nothing of it: it may run', async t => {
  const other = { ...job, jobReference: { jobId: 'of-another', location: 'US' } }
  for (const inserted of [{}, { error: { code: 500, message: 'Backend error' } }, { status: 'ok' }, other]) {
    const { execute } = await pagesAre(t, [first], inserted)
    await assert.rejects(execute(new AbortController().signal), { code: 'outcome_unknown' }, JSON.stringify(inserted))
  }
})
