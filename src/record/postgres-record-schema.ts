import type { PoolClient } from 'pg'
import { GatewayError } from '../errors.ts'
import { recordMigrations } from './record-schema.ts'

/** Any number that nobody else locks with; `qwrecord` in ASCII would not fit. */
const advisoryLock = 7_238_531

/**
 * Refuses a server that cannot keep the record's promises. Rejects with `record_unavailable`, whose `next` says how to mend it.
 */
export async function checkServer(client: PoolClient): Promise<void> {
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

/** Brings the tables up to the newest version; of several gateways that start at once, one does it while the others wait. */
export async function migrate(client: PoolClient): Promise<void> {
  await client.query('BEGIN')
  try {
    await client.query('SELECT pg_advisory_xact_lock($1)', [advisoryLock])
    await client.query('CREATE TABLE IF NOT EXISTS migration (version INTEGER NOT NULL)')
    const { rows } = await client.query('SELECT max(version) AS version FROM migration')
    const version = Number(rows[0]?.version ?? 0)
    if (version > recordMigrations.length) {
      throw unfit(`The record has version ${version}, newer than this program knows.`, 'Run the newer Querywarden.')
    }
    for (const migration of recordMigrations.slice(version)) await client.query(migration)
    await client.query('DELETE FROM migration')
    await client.query('INSERT INTO migration VALUES ($1)', [recordMigrations.length])
    await client.query('COMMIT')
  } catch (error) {
    await client.query('ROLLBACK')
    throw error
  }
}

function unfit(detail: string, next: string): GatewayError {
  return new GatewayError('record_unavailable', { detail, next })
}
