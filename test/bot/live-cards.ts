import assert from 'node:assert/strict'
import { setTimeout as wait } from 'node:timers/promises'
import type { webApi } from '@slack/bolt'
import { renderCard } from '#bot/card.ts'
import { cardDesk } from '#bot/card-desk.ts'
import { showStatement } from '#bot/shown-statement.ts'
import { type Hold, termsHash } from '#src/hold/hold.ts'
import { countReviews, quorums, type Review } from '#src/hold/review.ts'
import { everybody, holdIn, type Situation, situations } from './matrix.ts'

const long: Situation = {
  hold: {
    statement: { sql: Array.from({ length: 165 }, (_, at) => `update t set a = ${at} where b = ${at};`).join('\n') },
  },
}
const odd: Situation = {
  hold: {
    statement: {
      sql: `delete from shop.orders -- \u202E<!channel> \`\`\` ${'😀𝔘'.repeat(300)}`,
      purpose: '<!channel> <@U0> *approved* by `security` :skull: <https://evil.example|click>',
    },
    classification: { hazards: ['no_where'], reads: Array.from({ length: 500 }, (_, at) => `SHOP.PUBLIC.T${at}`) },
  },
}

/**
 * Posts the card of every situation as it was while it waited, and brings it to the state it is in by now; puts the file of a long
 * one into its thread, and finds each again. Rejects where Slack refuses anything. Answers the links to what it left behind.
 */
export async function showEverything(client: webApi.WebClient, channel: string, pauseMilliseconds: number) {
  const desk = cardDesk(client)
  const links: string[] = []
  for (const [name, situation] of Object.entries({ ...situations, long, odd })) {
    const hold = await holdIn(situation)
    const posted = await desk.post(channel, hold, cardOf({ ...hold, state: 'pending' }))
    const ref = { ...posted, proof: '', shows: hold.version }
    const { approvable, whole } = showStatement(hold.terms)
    if (approvable !== 'card') await desk.attach(ref, `${hold.id}.sql`, whole)
    await desk.update(ref, cardOf(hold))
    await desk.note(ref, 'live', ['A note in the thread.'])
    assert.ok(await desk.isThere(ref), `${name}: the card is not seen`)
    assert.ok(await desk.isNoted(ref, 'live'), `${name}: the note is not found again`)
    assert.equal((await desk.find(channel, hold))?.ts, posted.ts, `${name}: the card is not found again`)
    const { permalink } = await client.chat.getPermalink({ channel, message_ts: posted.ts })
    links.push(`${name}  ${permalink}`)
    await wait(pauseMilliseconds)
  }
  return links
}

function cardOf(hold: Hold) {
  const reviews = hold.reviews.map(
    jws => JSON.parse(Buffer.from(jws.split('.')[1] ?? '', 'base64url').toString()) as Review,
  )
  const person = (id: string) => everybody.find(each => each.id === id)
  const quorum = quorums(hold.terms, countReviews(hold.terms, termsHash(hold.terms), reviews, person))
  const nameOf = (id: string) => person(id)?.name ?? id
  return renderCard(hold, { reviews, quorum, nameOf, postedAt: hold.terms.createdAt, awaited: true })
}
