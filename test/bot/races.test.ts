import assert from 'node:assert/strict'
import { createPublicKey } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'node:test'
import type { CardDesk } from '#bot/card-desk.ts'
import { CardKeeper, type CardPorts } from '#bot/card-keeper.ts'
import { cardSeal } from '#bot/card-seal.ts'
import { Channels } from '#bot/channels.ts'
import { Claims } from '#bot/claims.ts'
import { LinkedAccounts } from '#bot/linked-accounts.ts'
import { Refused } from '#bot/refused.ts'
import { SlackGroups } from '#bot/slack-groups.ts'
import { systemClock } from '#src/clock.ts'
import { GatewayError } from '#src/errors.ts'
import { type Hold, termsHash } from '#src/hold/hold.ts'
import type { HoldStore } from '#src/hold/hold-store.ts'
import { isIntact } from '#src/hold/intact.ts'
import { reviewHold, type Verdict } from '#src/hold/review-hold.ts'
import { reviewSigner, reviewVerifier } from '#src/hold/seal.ts'
import { SqliteHoldStore } from '#src/hold/sqlite-hold-store.ts'
import { findPerson } from '#src/principal.ts'
import { verdictSentences } from '#src/show/verdict-sentences.ts'
import { people, reviewKey, sampleHold } from './sample-hold.ts'

const publicKey = String(createPublicKey(reviewKey.reveal()).export({ type: 'spki', format: 'pem' }))
const verifier = reviewVerifier({ slack: publicKey })

async function withStore(run: (holds: SqliteHoldStore) => Promise<void>, clock = { now: () => Date.now() }) {
  const folder = mkdtempSync(join(tmpdir(), 'querywarden-bot-races-'))
  const holds = new SqliteHoldStore(join(folder, 'holds.sqlite'), { clock })
  try {
    await run(holds)
  } finally {
    await holds.close()
    rmSync(folder, { recursive: true })
  }
}

/** A store with some answers of its own. */
function changed(holds: SqliteHoldStore, answers: Partial<HoldStore>): HoldStore {
  return new Proxy<HoldStore>(holds, {
    get(target, name: keyof HoldStore) {
      const answer = answers[name] ?? target[name]
      return answer.bind(target)
    },
  })
}

function approve(holds: HoldStore, hold: Hold) {
  return decide(holds, hold, { verdict: 'approve' })
}

function decide(
  holds: HoldStore,
  hold: Hold,
  said: Pick<Verdict, 'verdict' | 'reason'>,
  keep: (id: string, review: string) => Promise<void> = async () => {},
) {
  const [person] = people
  if (!person) throw new Error('nobody is there')
  const shown = { hold: hold.id, terms: termsHash(hold.terms) }
  const signer = reviewSigner(reviewKey, 'slack')
  const denials = { keep, has: () => false }
  const ports = {
    holds,
    person: findPerson(people, []),
    slackGroups: [],
    verifier,
    signer,
    isGenuine: isIntact,
    denials,
  }
  return reviewHold(ports, { shown, person, sawAll: () => true, ...said })
}

test('time that runs out between the look at the clock and the write decides nothing', () => {
  const hold = sampleHold()
  const store = { now: () => hold.terms.expiresAt }
  return withStore(async holds => {
    await holds.create(hold)
    const slow = changed(holds, { now: async () => hold.terms.expiresAt - 1 })
    const reviewed = await approve(slow, hold)
    assert.equal('refusal' in reviewed && reviewed.refusal, 'expired')
    assert.deepEqual((await holds.fetch(hold.id))?.reviews, [])
  }, store)
})

test('a review that never gets through gives up instead of trying for ever', () =>
  withStore(async holds => {
    const hold = sampleHold()
    await holds.create(hold)
    let tries = 0
    const busy = changed(holds, {
      replace: async () => {
        tries += 1
        return 'conflict'
      },
    })
    assert.deepEqual(await approve(busy, hold), { refusal: 'busy' })
    assert.ok(tries < 20)
  }))

/** A store whose answer to the write is lost: it is written, and the look at it afterwards fails as well, or does not. */
function losing(holds: SqliteHoldStore, { thenAway }: { thenAway: boolean }): HoldStore {
  const away = () => Promise.reject(new GatewayError('holds_unavailable'))
  let written = false
  return changed(holds, {
    replace: async (...asked) => {
      await holds.replace(...asked)
      written = true
      return away()
    },
    fetch: id => (written && thenAway ? away() : holds.fetch(id)),
  })
}

test('a verdict that was written although its answer was lost is said to count', () =>
  withStore(async holds => {
    const hold = sampleHold()
    await holds.create(hold)
    const reviewed = await approve(losing(holds, { thenAway: false }), hold)
    assert.equal('state' in reviewed && reviewed.state, 'approved')
  }))

test('one that was not written is not', () =>
  withStore(async holds => {
    const hold = sampleHold()
    await holds.create(hold)
    const unwritten = changed(holds, { replace: () => Promise.reject(new GatewayError('holds_unavailable')) })
    await assert.rejects(approve(unwritten, hold), { code: 'holds_unavailable' })
  }))

test('where nobody can say whether it was written, nobody says that nothing was decided, and a denial is kept', () =>
  withStore(async holds => {
    const hold = sampleHold()
    await holds.create(hold)
    const kept: string[] = []
    const reviewed = await decide(
      losing(holds, { thenAway: true }),
      hold,
      { verdict: 'deny', reason: 'not on a Friday' },
      async (_id, review) => void kept.push(review),
    )
    assert.deepEqual(reviewed, { refusal: 'unsure' })
    assert.doesNotMatch(verdictSentences.unsure, /[Nn]othing was decided/)
    assert.deepEqual(kept, (await holds.fetch(hold.id))?.reviews)
    assert.equal(kept.length, 1)
  }))

test('while one keeper posts, however slowly, no other does', () =>
  withStore(async holds => {
    const hold = sampleHold()
    await holds.create(hold)
    const posted: string[] = []
    let finish = () => {}
    const slow = new Promise<void>(resolve => {
      finish = resolve
    })
    const keeper = (name: string) => {
      const desk: CardDesk = {
        post: async () => {
          posted.push(name)
          await slow
          return { team: 'T0DEMO', channel: 'C0APPROVALS', ts: '1.1' }
        },
        find: async () => undefined,
        isThere: async () => true,
        update: async () => {},
        attach: async () => 'F1',
        note: async () => {},
        isNoted: async () => false,
      }
      const quiet = () => {}
      const notAsked = () => Promise.reject(new Error('not asked'))
      const directory = {
        account: notAsked,
        isShared: async () => false,
        isSharedNow: async () => false,
        workspace: notAsked,
        members: notAsked,
        unusable: async () => undefined,
      }
      const log = { info: quiet, warn: quiet, error: quiet }
      const gateway = { ask: notAsked, askAsBot: notAsked }
      const direct = { tell: notAsked, isTold: notAsked }
      const claims = new Claims(holds, systemClock)
      const links = new LinkedAccounts({ people, gateway, claims, log, direct })
      const channels = new Channels(
        { directory, direct, links, holds, clock: systemClock, log },
        { channels: ['C0APPROVALS'], engineers: [] },
      )
      const groups = new SlackGroups({}, directory, log)
      const who = { people, person: findPerson(people, []), directory, links, groups, matchEmail: false }
      const sealed = { claims, desk, cardSeal: cardSeal(reviewKey) }
      const ports: CardPorts = { ...who, ...sealed, holds, verifier, channels, direct, tellOwners: 'never', log }
      return new CardKeeper(ports, new Refused(60_000))
    }
    const first = keeper('first').post(hold)
    await keeper('second').post(hold)
    finish()
    await first
    assert.deepEqual(posted, ['first'])
    assert.equal((await holds.fetch(hold.id))?.cards.length, 1)
  }))
