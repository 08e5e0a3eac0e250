import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Ports } from '#src/ports.ts'
import { sameRequest } from '#src/record/read-outcome.ts'

const submission = { connection: 'shop', sql: 'select 1', door: 'rest', idempotencyKey: 'once' } as const
const agent = (subject: string) => ({ issuer: 'https://issuer.example', subject, name: subject, groups: [] })

test('what is on record of another principal is no answer, though its id be the same', async () => {
  const statement = { ...submission, binds: [], parameters: {}, principal: agent('one') }
  const record = { state: 'expired', events: [{ kind: 'received', statement }] }
  const ports = { records: { session: async () => record }, connection: () => ({}) } as unknown as Ports
  await assert.rejects(sameRequest(ports, agent('other'), submission), { code: 'idempotency_mismatch' })
})
