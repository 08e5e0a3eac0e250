import assert from 'node:assert/strict'
import { once } from 'node:events'
import { after, test } from 'node:test'
import { JudgeLost, JudgePool } from '#src/classify/judge/judge-pool.ts'

const pool = new JudgePool({
  file: new URL('./unguarded-worker.ts', import.meta.url),
  workers: 1,
  deadlineMs: 200,
  stuckMs: 3_000,
  maxBytes: 1_000,
  maxWaiting: 3,
})
after(() => pool.close())

test('a chain that kills the parser for good costs one answer; the next statement is judged again', async () => {
  assert.equal(await pool.run({ sql: 'select 1' }), 1)
  await assert.rejects(pool.run({ sql: `select ${'a or '.repeat(5_000)}a` }), JudgeLost)
  assert.equal(await pool.run({ sql: 'select 1 from t' }), 1)
})

test('a judge that is late is replaced', async () => {
  await assert.rejects(pool.run({ spin: true }), /longer than 200 ms/)
  assert.equal(await pool.run({ sql: 'select 1' }), 1)
})

test('a judge that the machine keeps from its work is not late', async () => {
  const replaced = once(process, 'worker').then(() => 'replaced')
  assert.equal(await Promise.race([replaced, pool.run({ sleepMs: 1_000 })]), 1)
})

test('a judge that does nothing at all is not waited for forever', async () => {
  await assert.rejects(pool.run({ sleepMs: 1_000_000 }), JudgeLost)
  assert.equal(await pool.run({ sql: 'select 1' }), 1)
})

test('a judge that dies is replaced', async () => {
  await assert.rejects(pool.run({ exit: true }), JudgeLost)
  assert.equal(await pool.run({ sql: 'select 1' }), 1)
})

test('a judge that grew too big still answers, then is replaced', async () => {
  const replaced = once(process, 'worker')
  assert.equal(await pool.run({ bytes: 2_000 }), 1)
  await replaced
  assert.equal(await pool.run({ sql: 'select 1' }), 1)
})

test('what waits in line is answered in order; one too many is refused at once', async () => {
  const answers = [1, 2, 3, 4].map(() => pool.run({ sql: 'select 1; select 2' }))
  await assert.rejects(pool.run({}), /Too many statements wait/)
  assert.deepEqual(await Promise.all(answers), [2, 2, 2, 2])
})

test('a worker that cannot start is an answer, not a hang', async () => {
  const broken = new JudgePool({
    file: new URL('./no-such-worker.ts', import.meta.url),
    workers: 1,
    deadlineMs: 100,
    stuckMs: 1_000,
    maxBytes: 1,
    maxWaiting: 1,
  })
  await assert.rejects(broken.run({}), /cannot start/)
  await assert.rejects(broken.run({}), /cannot start/)
  await broken.close()
})

test('a closed pool refuses', async () => {
  const closed = new JudgePool({
    file: new URL('./unguarded-worker.ts', import.meta.url),
    workers: 1,
    deadlineMs: 100,
    stuckMs: 1_000,
    maxBytes: 1,
    maxWaiting: 1,
  })
  const waiting = assert.rejects(closed.run({}), /shut down/)
  await closed.close()
  await waiting
  await assert.rejects(closed.run({}), /shut down/)
})
