import assert from 'node:assert/strict'
import test from 'node:test'
import { openReviews } from '#gateway/oncall/after-reviews.ts'
import { Asker, type OncallDeps } from '#gateway/oncall/asker.ts'
import { pending } from '#gateway/oncall/look-ups.ts'
import type { Ports } from '#src/ports.ts'
import type { SessionSummary } from '#src/record/event.ts'
import { people, sampleHold } from '#test/bot/sample-hold.ts'

/* A policy that kept values out of the channel has been changed since. */

const [person] = people
const sql = "copy into '@exports/hunter2/' from t where id = 4711"
const path = '@EXPORTS/HUNTER2/'

for (const hidesLiterals of [true, undefined])
  test(`values that were ${hidesLiterals ? 'hidden' : 'shown'} when it was decided still are`, async () => {
    assert.ok(person)
    const hold = sampleHold({ statement: { sql }, decision: hidesLiterals ? { hidesLiterals } : {} })
    const { terms, id } = hold
    const base = { at: 0, id }
    const release = { verdict: 'release', reviewer: 'oncall-2', reason: 'x', at: 0, place: 'slack' }
    const events = [
      { ...base, kind: 'received', statement: terms.statement },
      { ...base, kind: 'decided', decision: terms.decision, digest: terms.digest },
      { ...base, kind: 'held', terms, mac: '' },
      { ...base, kind: 'claimed', by: 'g', digest: terms.digest, decision: terms.decision, reviews: [release] },
    ]
    const summary: SessionSummary = {
      ...{ id, state: 'held', receivedAt: 0, principal: '', agent: 'a', connection: 'analytics', kind: 'unload' },
      ...{ tables: [path], rule: 'r', sql },
    }
    const ports = {
      records: {
        find: async () => [summary],
        session: async () => ({ id, state: 'held', events }),
        setting: async () => undefined,
      },
      holds: { fetch: async () => hold, list: async () => [], kept: async () => undefined },
      clock: { now: Date.now },
      connection: () => undefined,
    } as unknown as Ports
    const rights = () => ({ lookups: [{ group: 'data-oncall' }], operators: [] })
    const deps = { ports, rights, policy: () => ({ hidesLiterals: false }), issuers: () => [] }
    const asker = new Asker(person, deps as unknown as OncallDeps)
    const answers = [(await asker.session(id)).summary, await openReviews(ports, asker), await pending(ports, asker)]
    for (const answer of answers) {
      const text = JSON.stringify(answer)
      assert.match(text, /EXPORTS/)
      assert.equal(/hunter2|4711/i.test(text), !hidesLiterals, text)
    }
  })
