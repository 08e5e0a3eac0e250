import type { Connection } from 'snowflake-sdk'
import type { SessionId } from '#src/statement.ts'
import { approve } from '#test/doors/reviewers.ts'
import type { Stand } from '#test/stand/stand.ts'
import { start } from './driver.ts'

/** The session of a statement that waits, read from its card as a person would. */
export async function heldCard(stand: Stand, sql: string): Promise<SessionId> {
  const { blocks } = await stand.slack.waitForMessage(message => shown(message.blocks).includes(sql))
  const [id] = /\b[0-9A-HJKMNP-TV-Z]{4}(?:-[0-9A-HJKMNP-TV-Z]{4}){2}\b/.exec(shown(blocks)) ?? []
  if (id === undefined) throw new Error('the card names no session')
  return id
}

/** Runs what a person has to approve, which somebody does; the session of it. */
export async function runApproved(stand: Stand, connection: Connection, sql: string): Promise<SessionId> {
  const { done } = start(connection, sql)
  const id = await heldCard(stand, sql)
  await approve(stand, id)
  await done
  return id
}

function shown(blocks: unknown): string {
  return JSON.stringify(blocks).replaceAll('\\n', '\n')
}
