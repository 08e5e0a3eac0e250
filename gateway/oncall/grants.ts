import { mayRevoke } from '#src/hold/grant.ts'
import { isSound } from '#src/hold/live-grants.ts'
import type { AnswerOf, BodyOf } from '#src/oncall/internal-api.ts'
import { grantsAtOnce } from '#src/oncall/personal-operations.ts'
import type { Ports } from '#src/ports.ts'
import { findEvent } from '#src/record/session-facts.ts'
import type { StoredGrant } from '#src/record/stored-grant.ts'
import { termsInChannel } from '#src/show/in-channel.ts'
import type { SessionId } from '#src/statement.ts'
import type { Asker, Found } from './asker.ts'
import { lineOf } from './session-line.ts'

type GrantLine = AnswerOf<'grants'>['grants'][number]

/** An answer stays well below what a message can show. */
const shapeCharacters = 600

/** The grants that count now, of sessions that this person may see; those that end first in front. */
export async function grants(ports: Ports, asker: Asker): Promise<Found<AnswerOf<'grants'>>> {
  const stored = await ports.records.grants({ liveAt: await ports.holds.now() })
  const lines: GrantLine[] = []
  for (const each of stored) {
    if (lines.length > grantsAtOnce) break
    lines.push(...(await grantLine(ports, asker, each)))
  }
  const shown = lines.slice(0, grantsAtOnce)
  return { answer: { grants: shown, more: lines.length > shown.length }, found: shown.length }
}

/** Empty where this person may not see it, or where it counts for nothing. */
async function grantLine(ports: Ports, asker: Asker, stored: StoredGrant): Promise<GrantLine[]> {
  const { id, until, uses, by } = stored.grant
  const [summary] = await asker.find({ id, limit: 1 })
  const record = summary && (await isSound(ports, stored)) ? await ports.records.session(id) : undefined
  if (!summary || !record) return []
  const { terms } = findEvent(record, 'held')
  const hidden = asker.hidesLiterals
    ? { ...terms, decision: { ...terms.decision, hidesLiterals: true as const } }
    : terms
  const { agent, kind, tables } = lineOf(summary)
  return [
    {
      ...{ id, agent, kind, tables, by: [...by], until, uses, used: stored.used },
      shape: termsInChannel(hidden).grantable?.shape.slice(0, shapeCharacters).toWellFormed() ?? '',
      mayRevoke: asker.isOperator || mayRevoke(asker.person, terms),
    },
  ]
}

/** Ends it for every gateway; what runs already under it is not touched. */
export async function revoke(
  ports: Ports,
  asker: Asker,
  { id, reason }: BodyOf<'revoke'>,
): Promise<Found<AnswerOf<'revoke'>>> {
  await requireRevoker(asker, id)
  const event = { kind: 'revoked', at: ports.clock.now(), by: asker.person.id, ...(reason ? { reason } : {}) } as const
  const revoked = await ports.records.revokeGrant(id, event)
  return { answer: { revoked }, found: Number(revoked) }
}

/** Who may decide on such statements, who answers for the agent, and operators. Nobody can make a grant wider. */
async function requireRevoker(asker: Asker, id: SessionId): Promise<void> {
  const { record } = await asker.session(id)
  const held = record.events.find(event => event.kind === 'held')
  if (held && mayRevoke(asker.person, held.terms)) return
  asker.requireOperator()
}
