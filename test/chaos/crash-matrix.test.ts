import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { Secret } from '#src/config/secret.ts'
import { openRecordStore } from '#src/record/open-record-store.ts'
import type { RecordStore } from '#src/record/record-store.ts'
import { type Stand, startStand } from '#test/stand/stand.ts'
import { Agent, type Asked, type Told } from './agent.ts'
import { approveEverything } from './approvers.ts'
import { type Broken, broken } from './audit.ts'
import { type CrashPoint, crashPoints } from './crash-points.ts'
import { approvalOf, Forger, strangeSigner } from './forge.ts'

const runs = Number(process.env.QUERYWARDEN_CRASH_RUNS ?? 2)
const roundMilliseconds = 120_000
const seed = Number(process.env.QUERYWARDEN_CRASH_SEED ?? Math.floor(Math.random() * 2 ** 31))
const breaks = ['lost', 'twice', 'undecided', 'unrecorded', 'untrue'] as const satisfies readonly Broken[]

let stand: Stand
let records: RecordStore
let forger: Forger
let round = 0
const table: string[] = []

before(async () => {
  stand = await startStand({
    gatewayScript: 'test/chaos/crashing-gateway.ts',
    bots: 0,
    maxPending: 100,
    sizes: { customers: 200, orders: 4_000 },
  })
  await stand.startBot()
  records = await openRecordStore(new Secret(`sqlite:${join(stand.folder, 'records.db')}`))
  forger = new Forger(join(stand.folder, 'holds.db'))
  await stand.gateways[0]?.kill()
})
after(async () => {
  forger?.close()
  await records?.close()
  await stand?.stop()
})

/** Two writes that add one to a row of their own, and two reads of several pages. */
function statements(): Asked[] {
  const n = ++round
  const read = `SELECT o.id, o.amount FROM orders o JOIN customers c ON c.id = o.customer_id WHERE c.email <> 'n${n}' LIMIT 2500`
  return [
    { connection: 'shop', key: `shop-write-${n}`, sql: `UPDATE orders SET amount = amount + 1 WHERE id = ${n}` },
    { connection: 'lake', key: `lake-write-${n}`, sql: `UPDATE shop.orders SET amount = amount + 1 WHERE id = ${n}` },
    { connection: 'shop', key: `shop-read-${n}`, sql: read },
    {
      connection: 'lake',
      key: `lake-read-${n}`,
      sql: read.replace('orders', 'shop.orders').replace('customers', 'shop.customers'),
    },
  ]
}

/** Held, and then approved in the hold store by somebody who has not the bot's key. */
async function forgedApproval(agent: Agent, deadline: number): Promise<{ asked: Asked; told: Told }> {
  const asked: Asked = {
    connection: 'lake',
    key: `forged-${round}`,
    sql: `DELETE FROM shop.orders WHERE id = ${3_000 + round}`,
  }
  const id = await agent.submit(asked, deadline)
  if (typeof id !== 'string') return { asked, told: id }
  const hold = forger.hold(id)
  const review = await strangeSigner().sign(approvalOf(hold.terms, 'oncall-1'))
  forger.write(id, { ...hold, state: 'approved', reviews: [review] })
  return { asked, told: await agent.outcome(id, deadline) }
}

interface Round {
  readonly killed: boolean
  readonly broken: readonly Broken[]
  readonly details: readonly string[]
}

async function crashOnce(point: CrashPoint, call: number): Promise<Round> {
  const deadline = performance.now() + roundMilliseconds
  let gateway = await stand.startGateway({ CRASH_AT: point, CRASH_CALL: String(call) })
  const agent = new Agent(await stand.issuer.tokenFor('release-bot'), () => [gateway.url])
  const approvers = approveEverything(
    stand.slack,
    ['U0ONCALL1', 'U0ONCALL2'],
    card => !JSON.stringify(card.blocks).includes('DELETE'),
  )
  const all = statements()
  const clients = Promise.allSettled(all.map(asked => agent.run(asked, deadline)))
  const forged = forgedApproval(agent, deadline)
  const finished = Promise.all([clients, forged])
  const killed = await Promise.race([gateway.exited.then(() => true), finished.then(() => false)])
  if (!killed) await gateway.kill()
  gateway = await stand.startGateway()
  const [answers, { asked, told }] = await finished
  await approvers.stop()
  const bad: Broken[] = []
  const details: string[] = []
  for (const [at, statement] of all.entries()) {
    const answer = answers[at]
    const found = await broken(stand, records, statement, answer?.status === 'fulfilled' ? answer.value : undefined)
    bad.push(...found)
    if (found.length > 0) details.push(`${statement.sql}: ${found} ${JSON.stringify(answer)}`)
  }
  bad.push(...(await broken(stand, records, asked, told)))
  assert.equal(told.code, 'integrity', JSON.stringify(told))
  await gateway.kill()
  return { killed, broken: bad, details }
}

describe('a gateway that is killed loses nothing, runs nothing twice and releases nothing unrecorded', () => {
  for (const point of crashPoints) {
    test(`killed ${point.replaceAll('_', ' ')}`, { timeout: runs * 2 * roundMilliseconds }, async t => {
      const rounds: Round[] = []
      for (let run = 0; run < runs; run++) rounds.push(await crashOnce(point, ((seed + run * 97) % 160) + 1))
      const all = rounds.flatMap(({ broken }) => broken)
      const killed = rounds.filter(({ killed }) => killed).length
      const counts = breaks.map(word => String(all.filter(each => each === word).length).padStart(word.length + 2))
      table.push(`${point.padEnd(18)} ${`${killed}/${runs}`.padStart(6)}${counts.join('')}`)
      assert.deepEqual(
        rounds.flatMap(({ details }) => details),
        [],
      )
      assert.deepEqual(all, [])
      if (point !== 'random') assert.equal(killed, runs, 'the point was never reached')
      if (point === 'random') t.diagnostic(`QUERYWARDEN_CRASH_SEED=${seed}`)
    })
  }

  test('the table', t => {
    t.diagnostic(`${''.padEnd(18)} killed  ${breaks.join('  ')}   (4 statements and 1 forged approval a run)`)
    for (const line of table) t.diagnostic(line)
  })
})
