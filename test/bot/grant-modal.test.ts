import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { cardButtons } from '#bot/button.ts'
import { grantModal } from '#bot/grant-modal.ts'
import { slackLimits } from '#bot/slack-limits.ts'
import type { GrantOffer } from '#src/hold/grant.ts'
import { sampleHold } from './sample-hold.ts'
import { shownText } from './world.ts'

const offer: GrantOffer = {
  ...{ scope: 'a'.repeat(64), shape: 'delete from o where b = ?', places: 1 },
  ...{ seconds: 3_600, uses: 30 },
}
const held = (grantable: Partial<GrantOffer>, changes: Parameters<typeof sampleHold>[0] = {}) =>
  sampleHold({ ...changes, terms: { grantable: { ...offer, ...grantable } } })
const modal = (...asked: Parameters<typeof held>) => grantModal(held(...asked), 'C0APPROVALS', id => id)
const offers = (hold: ReturnType<typeof held>, fits: 'card' | 'modal' | 'none' = 'card') =>
  JSON.stringify(cardButtons(hold, fits, {})).includes('hold_grant')

describe('what somebody reads who grants a shape', () => {
  test('all of the statement and of the shape, what may differ, and how much', () => {
    const text = shownText(modal({ rows: 500, bytes: 2 ** 30 }).blocks)
    assert.match(text, /delete from shop\.orders\nwhere status = 'test'/)
    assert.match(text, /what release-bot sends of this shape: .*delete from o where b = \?/)
    assert.match(text, /any value in 1 place \(\?\)/)
    assert.match(text, /at most 500 rows, 1 GiB scanned, as estimated before it runs/)
    assert.match(shownText(modal({ places: 12 }).blocks), /any values in 12 places \(each \?\)/)
    assert.match(shownText(modal({ places: 12 }).blocks), /whatever those values reach, also more rows than this one/)
    assert.match(shownText(modal({ places: 0 }).blocks), /nothing: exactly this text/)
  })

  test('what must not be overlooked, and characters that are not seen', () => {
    assert.match(
      shownText(modal({}, { classification: { hazards: ['no_where'] } }).blocks),
      /Look twice\s+• It touches every row/,
    )
    assert.match(shownText(modal({ shape: 'select \u202e?' }).blocks), /select ⟨U\+202E⟩\?/)
  })

  test('no more can be chosen than is offered, and the most is the last', () => {
    const values = (block: string) => {
      const input = modal({}).blocks.find(({ block_id }) => block_id === block) as unknown as {
        element: { options: { value: string }[] }
      }
      return input.element.options.map(({ value }) => Number(value))
    }
    assert.deepEqual(values('seconds'), [300, 900, 1_800, 3_600])
    assert.deepEqual(values('uses'), [1, 2, 5, 10, 20, 30])
  })

  test('a shape that cannot be shown whole is not offered, nor one that needs a fresh sign-in, nor where there is none', () => {
    assert.equal(offers(held({})), true)
    assert.equal(offers(held({ shape: `select ${'a, '.repeat(100_000)}?` })), false)
    assert.equal(offers(held({}, { decision: { stepUp: true } })), false)
    assert.equal(offers(sampleHold()), false)
    const long = `select ${'a, '.repeat(30_000)}`
    const hold = held({ shape: `${long}?` }, { statement: { sql: `${long}1` } })
    assert.equal(offers(hold, 'modal'), true)
    const { blocks } = grantModal(hold, 'C0APPROVALS', id => id)
    assert.ok(
      blocks.length <= slackLimits.modalBlocks && Buffer.byteLength(JSON.stringify(blocks)) < slackLimits.modalBytes,
    )
  })
})
