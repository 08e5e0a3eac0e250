import assert from 'node:assert/strict'
import { join } from 'node:path'
import { Secret } from '#src/config/secret.ts'
import { openRecordStore } from '#src/record/open-record-store.ts'
import { lastEvent } from '#src/record/session-facts.ts'
import { startStand } from '#test/stand/stand.ts'
import { Agent, type Told } from './agent.ts'
import { executions } from './audit.ts'
import { botSigner, Forger } from './forge.ts'
import { hurriedPolicy } from './hurried-policy.ts'

const boundMilliseconds = 60_000

/** A stand whose statements wait, with everything that somebody needs who has got hold of its hold store. */
export async function openHeldStatements() {
  const stand = await startStand({
    policy: hurriedPolicy,
    gatewayScript: 'test/chaos/crashing-gateway.ts',
    maxPending: 100,
    sizes: { customers: 200, orders: 2_000 },
  })
  const [gateway] = stand.gateways
  assert.ok(gateway)
  const agent = new Agent(await stand.issuer.tokenFor('release-bot'), () => [gateway.url])
  const records = await openRecordStore(new Secret(`sqlite:${join(stand.folder, 'records.db')}`))
  const forger = new Forger(join(stand.folder, 'holds.db'))
  const inTime = () => performance.now() + boundMilliseconds
  let next = 1

  async function assertNeverClaimed(id: string, sql: string): Promise<void> {
    const record = await records.session(id)
    assert.ok(record)
    assert.equal(lastEvent(record, 'claimed'), undefined)
    assert.equal(executions(stand, sql), 0)
  }

  return {
    ...{ stand, gateway, agent, records, forger, inTime, assertNeverClaimed },
    /** What only the bot should have. */
    bot: botSigner(stand.folder),
    /** A statement that waits, nobody having decided. Changes to customers expire soon. */
    async held(table: 'orders' | 'customers' = 'orders'): Promise<{ id: string; sql: string }> {
      const n = next++
      const sql = `DELETE FROM shop.${table} WHERE id = ${n}`
      const id = await agent.submit({ connection: 'lake', key: `statement-${n}`, sql }, inTime())
      assert.equal(typeof id, 'string', JSON.stringify(id))
      return { id: String(id), sql }
    },
    async assertEnds(id: string, sql: string, code: string): Promise<Told> {
      const told = await agent.outcome(id, inTime())
      assert.equal(told.code, code, JSON.stringify(told))
      await assertNeverClaimed(id, sql)
      return told
    },
    async close(): Promise<void> {
      forger.close()
      await records.close()
      await stand.stop()
    },
  }
}
