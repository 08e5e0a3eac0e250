import assert from 'node:assert/strict'
import type { Connection, StatementOption } from 'snowflake-sdk'
import { ranTexts } from '#test/doors/reviewers.ts'
import type { Stand } from '#test/stand/stand.ts'
import { type Answer, cancel, start } from './driver.ts'
import { heldCard } from './held-card.ts'

/** What comes of a statement without anybody's help; a statement that is held is cancelled then. */
export async function aloneComesTo(
  stand: Stand,
  connection: Connection,
  sql: string,
  options?: Partial<StatementOption>,
): Promise<Answer | 'held' | 'refused'> {
  const { statement, done } = start(connection, sql, options)
  const held = heldCard(stand, sql).then(() => 'held' as const)
  held.catch(() => undefined)
  const came = await Promise.race([held, done.catch(() => 'refused' as const)])
  if (came === 'held') {
    await cancel(statement)
    await assert.rejects(done)
  }
  return came
}

/** Refused at once, or held for people; in no case does it run by itself. */
export async function neverByItself(
  stand: Stand,
  connection: Connection,
  sql: string,
  options?: Partial<StatementOption>,
): Promise<void> {
  assert.equal(typeof (await aloneComesTo(stand, connection, sql, options)), 'string', sql)
  assert.equal(ranTexts(stand).filter(text => text === sql).length, 0, sql)
}
