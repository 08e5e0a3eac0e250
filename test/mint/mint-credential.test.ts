import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createMinter } from '#gateway/mint/create-minter.ts'
import { Secret } from '#src/config/secret.ts'
import { endCredential, mintCredential } from '#src/mint/mint-credential.ts'
import type { Ports } from '#src/ports.ts'
import type { SessionEvent } from '#src/record/event.ts'
import { describeEvent } from '#src/show/describe-event.ts'
import { authorizedStatement } from './authorized-statement.ts'
import { snowflakeConnection } from './snowflake-connection.ts'

test('no statement gets a credential that is on no record: where one could not write it, the next one does', async () => {
  const recorded: [session: string, kinds: string][] = []
  let append = async () => Promise.reject<boolean>(new Error('the store is away'))
  const ports = {
    ...{
      gateway: 'gateway-1',
      clock: { now: () => Date.now() },
      minter: createMinter(() => ({ analytics: snowflakeConnection })),
    },
    connection: () => ({ warehouse: { submitId: (id: string) => id } }),
    records: {
      async append(session: string, events: readonly SessionEvent[]) {
        if (!(await append())) return false
        recorded.push([session, events.map(({ kind }) => kind).join()])
        return true
      },
    },
  } as unknown as Ports
  for (const approved of [false, true])
    await assert.rejects(mintCredential(ports, authorizedStatement({ approved })), { message: /store is away/ })
  append = async () => false
  await assert.rejects(mintCredential(ports, authorizedStatement()), { code: 'interrupted' })
  append = async () => true
  const [first, second] = [authorizedStatement(), authorizedStatement()]
  const minted = await Promise.all([first, second].map(authorized => mintCredential(ports, authorized)))
  assert.equal(minted[0]?.id, minted[1]?.id)
  assert.deepEqual(recorded, [[first.statement.id, 'minted,submitting']])
  await ports.minter.close()
})

test('the record says what could not be ended, and until when the warehouse takes it', async () => {
  const recorded: SessionEvent[] = []
  let closed = true
  const ports = {
    clock: { now: () => 12_000 },
    minter: { end: async () => closed },
    records: { append: async (_session: string, events: readonly SessionEvent[]) => recorded.push(...events) > 0 },
  } as unknown as Ports
  const signal = new AbortController().signal
  const token = { id: 'c-1', role: 'R', secret: new Secret('s'), mintedAt: 10_000, expiresAt: 300_000, standing: false }
  await endCredential(ports, authorizedStatement(), token, signal)
  await endCredential(ports, authorizedStatement(), { ...token, takenUntilExpiry: true }, signal)
  closed = false
  await endCredential(ports, authorizedStatement(), token, signal)
  const lines = recorded.flatMap(event => describeEvent(event).lines)
  const dropped = 'credential c-1 dropped after 2.0 s, the warehouse takes it until 00:05 UTC'
  const left = 'credential c-1 dropped after 2.0 s; its session in the warehouse could not be ended, and ends by itself'
  assert.deepEqual(lines, ['credential c-1 ended after 2.0 s', dropped, left])
})
