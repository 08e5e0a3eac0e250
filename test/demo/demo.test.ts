import assert from 'node:assert/strict'
import { test } from 'node:test'
import { testOrderCount } from '#test/fakes/dataset.ts'
import { startStand } from '#test/stand/stand.ts'
import { writeProfile } from './profile.ts'
import { runUnattended } from './unattended.ts'

test('the demo without a person: every step does what it should, on a small data set', async () => {
  const sizes = { customers: 2_000, orders: 50_000 }
  const stand = await startStand({ sizes })
  try {
    writeProfile(stand)
    assert.equal(await runUnattended(stand, { sizes, deleted: testOrderCount(sizes.orders) }), true)
  } finally {
    await stand.stop()
  }
})
