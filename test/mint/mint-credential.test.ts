import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createMinter } from '#gateway/mint/create-minter.ts'
import { mintCredential } from '#src/mint/mint-credential.ts'
import type { Ports } from '#src/ports.ts'
import type { SessionEvent } from '#src/record/event.ts'
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
