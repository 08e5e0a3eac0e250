import assert from 'node:assert/strict'
import { test } from 'node:test'
import { cancelOnceThere } from '#gateway/doors/snowflake/cancel-statement.ts'
import { cancelBatch } from '#gateway/doors/snowflake/statement-batch.ts'
import { GatewayError } from '#src/errors.ts'

type Cancelling = Parameters<typeof cancelBatch>[0]
type Session = Parameters<typeof cancelBatch>[1]
const session = { id: 's', principal: { issuer: 'i', subject: 'agent-1' } } as unknown as Session

/** A statement that is judged still, at another gateway, when it is asked for first. */
function judged(batch: object) {
  const looked: string[] = []
  const kept = new Map<string, object>([['batch AAAA-AAAA-AAAA', batch]])
  const journey = {
    drivers: {
      recall: async (_: Session, name: string) => kept.get(name),
      remember: async (_: Session, name: string, value: object) => void kept.set(name, value),
    },
    async cancel(_: unknown, id: string) {
      if (looked.push(id) < 3) throw new GatewayError('unknown_session')
    },
  }
  return { looked, journey: journey as unknown as Cancelling }
}

test('an abort waits for a statement that is judged still, alone or in a batch: it would be shown to people, or run', async () => {
  const alone = judged({})
  await cancelOnceThere(alone.journey, session, 'key')
  assert.equal(alone.looked.length, 3)
  const inBatch = judged({ key: 'key', left: ['delete from orders'], done: [] })
  assert.equal(await cancelBatch(inBatch.journey, session, 'AAAA-AAAA-AAAA'), true)
  assert.equal(inBatch.looked.length, 3)
})

test('an abort of a batch that is through waits for nothing', async () => {
  const { looked, journey } = judged({ key: 'key', left: [], done: [] })
  assert.equal(await cancelBatch(journey, session, 'AAAA-AAAA-AAAA'), true)
  assert.deepEqual(looked, [])
})
