import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'node:test'
import { sessionsCsv } from '#bot/commands/sessions-csv.ts'
import { openReviews, releases } from '#gateway/oncall/after-reviews.ts'
import { Asker, type OncallDeps } from '#gateway/oncall/asker.ts'
import { find, home, pending } from '#gateway/oncall/look-ups.ts'
import { Secret } from '#src/config/secret.ts'
import type { Ports } from '#src/ports.ts'
import type { SessionEvent } from '#src/record/event.ts'
import { openRecordStore } from '#src/record/open-record-store.ts'
import { newSessionId } from '#src/statement.ts'
import { people, sampleHold } from '#test/bot/sample-hold.ts'
import { sampleSession } from '#test/contracts/sample-session.ts'
import { decisionInput, policyOf } from '#test/decide/decision-input.ts'

/* A policy that kept values out of the channel has been changed since. */

const [person] = people
const sql = "copy into '@exports/hunter2/' from t where id = 4711"
const path = '@EXPORTS/HUNTER2/'

for (const [hidden, when, verdict] of [
  [true, 'decided', 'hold'],
  [true, 'decided', 'allow'],
  [true, 'decided', 'deny'],
  [true, 'claimed', 'allow'],
  [false, 'claimed', 'allow'],
] as const)
  test(`values that were ${hidden ? 'hidden' : 'shown'} when it was ${when} (${verdict}) still are`, async () => {
    assert.ok(person)
    const folder = mkdtempSync(join(tmpdir(), 'querywarden-hidden-'))
    const records = await openRecordStore(new Secret(`sqlite:${folder}/records.db`))
    const decisionAt = (at: string) =>
      policyOf(`
card: { literals: ${hidden && at === when ? 'redacted' : 'shown'} }
defaults: { as: READER, approvers: { group: oncall } }
rules: [{ name: any, when: 'true', then: ${verdict} }]
`).decide(decisionInput())
    // Its texts say otherwise.
    const told = { sql: `${sql} --"hidesLiterals":true`, purpose: '"hidesLiterals":true' }
    const open = async (released: boolean) => {
      const id = newSessionId()
      const { terms } = sampleHold({ statement: { id, ...told } })
      const decision = { ...decisionAt('decided'), reasons: [{ code: 'rule_held' as const, because: told.purpose }] }
      const events: SessionEvent[] = [
        { kind: 'received', at: 0, statement: terms.statement },
        { kind: 'decided', at: 0, decision, digest: terms.digest },
        { kind: 'held', at: 0, terms, mac: '' },
      ]
      await records.open(sampleSession({ id, connection: 'analytics', tables: [path], sql: told.sql, events }), 'g')
      if (!released) return
      const review = { verdict: 'release', reviewer: person.id, reason: 'x', at: 0, place: 'console', jws: '' } as const
      await records.claim(id, 'g', {
        kind: 'claimed',
        at: 0,
        by: 'g',
        digest: '',
        decision: decisionAt('claimed'),
        reviews: [review],
      })
    }
    await open(true)
    if (when === 'decided') await open(false)
    const ports = {
      records,
      holds: { fetch: async () => undefined, list: async () => [], kept: async () => undefined },
      clock: { now: Date.now },
      connection: () => ({ warehouse: { dialect: 'snowflake' } }),
    } as unknown as Ports
    const rights = () => ({ lookups: [{ group: 'data-oncall' }], operators: [] })
    const deps = { ports, rights, policy: () => ({ hidesLiterals: false }), issuers: () => [] }
    const asker = new Asker(person, deps as unknown as OncallDeps)
    try {
      const found = (await find(asker, { limit: 10 })).answer.sessions
      const lists: Record<string, unknown> = {
        ...{ found, file: sessionsCsv(found), decided: (await home(ports, asker)).answer.decided },
        ...{ reviews: await openReviews(ports, asker), releases: (await releases(ports)).releases.map(r => r.session) },
        ...(when === 'decided' ? { pending: await pending(ports, asker) } : {}),
      }
      for (const [list, answer] of Object.entries(lists)) {
        const text = JSON.stringify(answer)
        assert.match(text, /EXPORTS/, list)
        assert.equal(/hunter2|4711/i.test(text), !hidden, `${list}: ${text}`)
      }
    } finally {
      await records.close()
      rmSync(folder, { recursive: true })
    }
  })
