import assert from 'node:assert/strict'
import { copyFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { backup, DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { Agent, agentOf } from '#test/doors/agent.ts'
import { approve } from '#test/doors/reviewers.ts'
import { startStand } from '#test/stand/stand.ts'
import { executions } from './audit.ts'
import { isStopped } from './is-stopped.ts'
import { until } from './until.ts'

const write = (id: number) => ({ connection: 'shop', sql: `delete from orders where id = ${id}` })

test('a record that was restored from before statements ran lets none run anew without people, and loses none that waits', {
  timeout: 240_000,
}, async t => {
  const sizes = { customers: 20, orders: 100 }
  const stand = await startStand({ gatewayScript: 'test/chaos/crashing-gateway.ts', sizes })
  t.after(() => stand.stop())
  const agent = await agentOf(stand)
  const held = async (id: number) => (await agent.submit(write(id))).body.request_id
  const [claimed, approvedLater, waiting] = [await held(1), await held(2), await held(3)]
  await stand.gateways[0]?.stop()
  const gateway = await stand.startGateway({ PAUSE_AT: 'after_claim' })
  await approve(stand, claimed)
  await until(() => isStopped(gateway.child.pid), 'gateway that stands still')
  const [record, copy] = [join(stand.folder, 'records.db'), join(stand.folder, 'backup.db')]
  const source = new DatabaseSync(record)
  await backup(source, copy)
  source.close()
  gateway.child.kill('SIGCONT')
  const first = new Agent(agent.token, gateway.url)
  assert.equal((await first.look(claimed)).body.status, 'succeeded')
  await approve(stand, approvedLater)
  assert.equal((await first.look(approvedLater)).body.status, 'succeeded')
  await stand.bots[0]?.stop()
  await gateway.kill()

  for (const file of [record, join(stand.folder, 'holds.db')])
    for (const end of ['', '-wal', '-shm']) rmSync(`${file}${end}`, { force: true })
  copyFileSync(copy, record)
  const next = new Agent(agent.token, (await stand.startGateway()).url)
  await stand.startBot()
  const settled = async () => (await next.look(claimed, 'wait=1')).body.status === 'succeeded'
  await until(settled, 'the end of what was claimed')
  for (const id of [approvedLater, waiting])
    assert.equal((await next.look(id, 'wait=0')).body.status, 'pending_approval', id)
  await approve(stand, waiting)
  assert.equal((await next.look(waiting)).body.status, 'succeeded')
  assert.deepEqual(
    [1, 2, 3].map(id => executions(stand, write(id).sql)),
    [1, 1, 1],
  )
})
