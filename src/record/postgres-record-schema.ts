import type { ClientBase } from 'pg'
import { GatewayError } from '../errors.ts'
import { recordMigrations } from './record-schema.ts'

/** Any number that nobody else locks with; `qwrecord` in ASCII would not fit. */
const advisoryLock = 7_238_531
const sayMilliseconds = 2_000

/**
 * Refuses a server that cannot keep the record's promises. Rejects with `record_unavailable`, whose `next` says how to mend it.
 */
export async function checkServer(client: ClientBase): Promise<void> {
  const { rows } = await client.query(
    `SELECT current_setting('fsync') AS fsync, current_setting('server_encoding') AS encoding, pg_is_in_recovery() AS replica`,
  )
  const { fsync, encoding, replica } = rows[0]
  if (replica) throw unfit('This PostgreSQL is a replica.', 'Name the primary in stores.records.')
  if (fsync !== 'on')
    throw unfit('This PostgreSQL runs with fsync off.', 'Set fsync = on in postgresql.conf and restart it.')
  if (encoding !== 'UTF8') {
    throw unfit(
      `This database is encoded in ${encoding}.`,
      "Make one with: CREATE DATABASE querywarden ENCODING 'UTF8' TEMPLATE template0",
    )
  }
}

/**
 * Brings the tables up to the newest version; of several gateways that start at once, one does it while the others wait. Says so,
 * again and again, where that takes long.
 */
export async function migrate(client: ClientBase, say: (words: string) => void): Promise<void> {
  let doing = 'waits for another process that upgrades the record'
  const saying = setInterval(() => say(doing), sayMilliseconds)
  try {
    await inTransaction(client, async () => {
      await client.query('SELECT pg_advisory_xact_lock($1)', [advisoryLock])
      doing = 'upgrades the record'
      await toNewest(client)
    })
  } finally {
    clearInterval(saying)
  }
}

async function inTransaction(client: ClientBase, work: () => Promise<void>): Promise<void> {
  await client.query('BEGIN')
  try {
    await work()
    await client.query('COMMIT')
  } catch (error) {
    await client.query('ROLLBACK')
    throw error
  }
}

async function toNewest(client: ClientBase): Promise<void> {
  await client.query('CREATE TABLE IF NOT EXISTS migration (version INTEGER NOT NULL)')
  const { rows } = await client.query('SELECT max(version) AS version FROM migration')
  const version = Number(rows[0]?.version ?? 0)
  if (version > recordMigrations.length) {
    throw unfit(`The record has version ${version}, newer than this program knows.`, 'Run the newer Querywarden.')
  }
  for (const migration of recordMigrations.slice(version)) await client.query(migration)
  await client.query('DELETE FROM migration')
  await client.query('INSERT INTO migration VALUES ($1)', [recordMigrations.length])
}

function unfit(detail: string, next: string): GatewayError {
  return new GatewayError('record_unavailable', { detail, next })
}
