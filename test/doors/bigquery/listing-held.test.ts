import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Journey } from '#gateway/journey/journey.ts'
import { type Principal, principalKey } from '#src/principal.ts'
import { type Submission, sessionFor } from '#src/statement.ts'
import { silentServer } from '#test/doors/silent-server.ts'

const decision = { verdict: 'hold', rule: 'r', reasons: [] }
const path = '/bigquery/v2/projects/lake/datasets/shop/tables/orders/data'

/** A listing whose grant was used up when it came to it; who waits then, and which of them was withdrawn. */
async function listing(waiting: (own: string) => string) {
  let asked: string | undefined
  const withdrawn: string[] = []
  const journey = {
    connections: () => [{ name: 'lake', dialect: 'bigquery', database: 'acme-lake' }],
    explain: async () => ({ decision, grant: {} }),
    async submit(principal: Principal, submission: Submission) {
      asked = waiting(sessionFor(principalKey(principal), submission))
      return { status: 'pending', state: 'pending', id: asked, decision }
    },
    cancel: async (_principal: Principal, id: string) => void withdrawn.push(id),
  } as unknown as Partial<Journey>
  const app = await silentServer(journey)
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  const answer = await fetch(`${url}${path}`, { headers: { authorization: 'Bearer somebody' } })
  assert.match(await answer.text(), /waits for people/)
  assert.equal(answer.status, 403)
  await app.close()
  return { asked, withdrawn }
}

test('a listing of rows that would wait for people is withdrawn', async () => {
  const { asked, withdrawn } = await listing(own => own)
  assert.deepEqual(withdrawn, [asked])
})

test('a query of the same text that waits for another client goes on waiting', async () => {
  const { withdrawn } = await listing(() => 'AAAA-AAAA-AAAA')
  assert.deepEqual(withdrawn, [])
})
