import { approversText } from '#src/decide/approvers.ts'
import { GatewayError } from '#src/errors.ts'
import { mayReview } from '#src/hold/review.ts'
import type { AnswerOf, BodyOf } from '#src/oncall/internal-api.ts'
import type { OpenReviewLine } from '#src/oncall/internal-shapes.ts'
import type { Ports } from '#src/ports.ts'
import type { Person } from '#src/principal.ts'
import { type Release, releaseOf } from '#src/record/after-review.ts'
import type { SessionRecord, SessionSummary } from '#src/record/event.ts'
import { findEvent } from '#src/record/session-facts.ts'
import { summaryInChannel, termsInChannel } from '#src/show/in-channel.ts'
import type { Asker, Found } from './asker.ts'
import { lineOf } from './session-line.ts'

const most = { reviews: 20, due: 50 } as const
/** Between two times that the bot says it. */
const remindMilliseconds = 24 * 3_600_000

/** What was released alone and nobody has reviewed since, of what this person may see; newest first. */
export async function openReviews(ports: Ports, asker: Asker): Promise<OpenReviewLine[]> {
  const found = await asker.find({ openReview: true, limit: most.reviews })
  return (await Promise.all(found.map(summary => lineOfReview(ports, summary, asker)))).flat()
}

export async function reviews(ports: Ports, asker: Asker): Promise<Found<AnswerOf<'reviews'>>> {
  const open = await openReviews(ports, asker)
  return { answer: { reviews: open, more: open.length === most.reviews }, found: open.length }
}

/** By somebody who could have approved it and did not release it; never by the agent's owner. */
export async function close(
  ports: Ports,
  asker: Asker,
  { id, comment }: BodyOf<'close'>,
): Promise<Found<AnswerOf<'close'>>> {
  const { summary, record } = await asker.session(id)
  const because = whyNotClose(asker.person, record, ports.clock.now())
  if (because) throw refused(because)
  const told = (await ports.records.openReview(id))?.told
  const event = { kind: 'reviewed', at: ports.clock.now(), by: asker.person.id, comment: comment.trim() } as const
  const closed = await ports.records.closeReview(id, event)
  const release = releaseOf((await asker.session(id)).record)
  const where = told && { channel: told.channel, ts: told.ts }
  return {
    answer: {
      closed,
      session: lineOf(summary),
      ...(release && { release: releaseWords(release) }),
      ...(where && { told: where }),
    },
    found: Number(closed),
  }
}

/** Why the review is not this person's to close; undefined where it is. */
export function whyNotClose(person: Person, record: SessionRecord, now: number): string | undefined {
  const release = releaseOf(record)
  if (!release) return 'Nobody released this statement alone, so there is nothing to review.'
  if (release.reviewed) return `${release.reviewed.by} has reviewed this already.`
  if (person.id === release.by) return 'You released this yourself, so somebody else has to review it.'
  const refusal = mayReview(person, findEvent(record, 'held').terms, now)
  if (refusal === 'own_agent') return 'You own this agent, or it acts for you, so somebody else has to review it.'
  return refusal && 'You are not among those who could have approved this, so somebody else has to review it.'
}

async function lineOfReview(ports: Ports, summary: SessionSummary, asker: Asker): Promise<OpenReviewLine[]> {
  const record = await ports.records.session(summary.id)
  const release = record && releaseOf(record)
  if (!record || !release || release.reviewed) return []
  const mayClose = whyNotClose(asker.person, record, ports.clock.now()) === undefined
  return [{ session: lineOf(summary), release: releaseWords(release), mayClose }]
}

/** What the bot has to say aloud now: that somebody released a statement alone, and daily that nobody has reviewed it yet. */
export async function releases({ records, clock }: Ports): Promise<AnswerOf<'releases'>> {
  const due = await records.openReviews({ toldBefore: clock.now() - remindMilliseconds, limit: most.due })
  const lines = due.map(async ({ session, told }) => {
    const [[summary], record] = await Promise.all([records.find({ id: session, limit: 1 }), records.session(session)])
    const release = record && releaseOf(record)
    if (!summary || !record || !release) return []
    const { terms } = findEvent(record, 'held')
    const { dialect } = terms.statement
    return [
      {
        session: lineOf(summary.hidesLiterals ? summaryInChannel(summary, dialect) : summary),
        release: releaseWords(release),
        summary: termsInChannel(terms).classification.summary.slice(0, 300),
        needed: approversText(terms.approvers),
        ...(told ? { told } : {}),
      },
    ]
  })
  return { releases: (await Promise.all(lines)).flat() }
}

export async function announced({ records, clock }: Ports, { id, channel, ts }: BodyOf<'announced'>) {
  await records.markReviewTold(id, { at: clock.now(), channel, ts })
  return {}
}

export function releaseWords({ by, reason, at, reviewed }: Release) {
  return {
    by,
    reason,
    at,
    ...(reviewed && { reviewed: { by: reviewed.by, comment: reviewed.comment, at: reviewed.at } }),
  }
}

function refused(message: string): GatewayError {
  return new GatewayError('not_permitted', { message })
}
