import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type BigQueryApi, BigQueryFailure } from '#gateway/execute/bigquery-api.ts'
import { bigqueryCompile } from '#gateway/execute/bigquery-look-ups.ts'
import type { BigQueryConnection } from '#src/config/config.ts'
import type { Credential } from '#src/mint/minter.ts'
import { NotCompiled } from '#src/not-compiled.ts'
import { lakeStatement } from './bigquery-set-up.ts'

/** What a dry run comes to that BigQuery refuses in these words. */
async function refused(message: string): Promise<NotCompiled | undefined> {
  const call = () => Promise.reject(new BigQueryFailure(400, 'invalidQuery', message))
  const look = {
    open: () => ({ call }) as unknown as BigQueryApi,
    reader: { mint: async () => ({}) as Credential, end: async () => undefined },
  }
  const { statement } = lakeStatement({ sql: 'select nofunc(id) from shop.orders' })
  try {
    await bigqueryCompile({ project: 'acme-lake' } as BigQueryConnection, look, statement)
    return undefined
  } catch (error) {
    assert.ok(error instanceof NotCompiled)
    return error
  }
}

test('a function that is not there is named, and none that is meant instead', async () => {
  const { fault, message } = (await refused('Function not found: nofunc; Did you mean attic.nofun? at [1:8]')) ?? {}
  assert.deepEqual(
    [fault, message],
    [{ about: 'function', functions: ['nofunc'] }, 'Function not found: nofunc at [1:8]'],
  )
  const table = await refused('Table-valued function not found: `acme-lake`.attic.rows at [1:15]')
  assert.deepEqual(table?.fault, { about: 'function', functions: ['acme-lake.attic.rows'] })
})

test('what is said of rights, or by another database, is no mistake in the statement', async () => {
  for (const message of [
    'Invalid table-valued function EXTERNAL_QUERY\nFailed to connect to MySQL database at [1:15]',
    'Access Denied: Connection us.crm: the account may not use it',
    'The account does not have bigquery.connections.use permission',
  ])
    assert.equal(await refused(message), undefined, message)
})
