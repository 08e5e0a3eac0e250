import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createSeal } from '#gateway/authenticate/seal.ts'
import { Secret } from '#src/config/secret.ts'

const key = new Secret('k'.repeat(48))

describe('a sealed text that was opened before', () => {
  test('opens again until it is too old, and not a moment longer', async t => {
    t.mock.timers.enable({ apis: ['Date'], now: Date.parse('2026-01-01T00:00:00Z') })
    const seal = createSeal(key, 'a use')
    const text = await seal.seal('a purpose', { sid: 'session-1' }, 60)
    for (let time = 0; time < 2; time++) assert.equal((await seal.open('a purpose', text))?.sid, 'session-1')
    t.mock.timers.tick(59_000)
    assert.equal((await seal.open('a purpose', text))?.sid, 'session-1')
    t.mock.timers.tick(1_000)
    assert.equal(await seal.open('a purpose', text), undefined)
  })

  test('opens for its own purpose only, and not where a character was changed', async () => {
    const seal = createSeal(key, 'a use')
    const text = await seal.seal('a purpose', { sid: 'session-1' }, 60)
    assert.ok(await seal.open('a purpose', text))
    assert.equal(await seal.open('another purpose', text), undefined)
    assert.equal(await seal.open('a purpose', `${text.slice(0, -1)}${text.endsWith('A') ? 'Q' : 'A'}`), undefined)
    assert.equal(await createSeal(key, 'another use').open('a purpose', text), undefined)
  })
})
