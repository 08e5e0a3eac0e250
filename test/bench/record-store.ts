import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Secret } from '#src/config/secret.ts'
import { FolderRecordingStore } from '#src/record/folder-recording-store.ts'
import { openRecordStore } from '#src/record/open-record-store.ts'
import { cancelled, completed, sampleSession } from '#test/contracts/sample-session.ts'
import { rowsetPage } from '#test/execute/rowset-page.ts'
import { startPostgres } from '#test/services/postgres.ts'

// What a durable step costs here, next to the bare fsync of this disk. Numbers of one run compare; those of two do not.
const rounds = 1_000
const folder = mkdtempSync(join(tmpdir(), 'querywarden-bench-'))

async function measure(name: string, step: () => unknown): Promise<void> {
  for (let n = 0; n < rounds / 5; n++) await step()
  const taken: number[] = []
  for (let n = 0; n < rounds; n++) {
    const since = performance.now()
    await step()
    taken.push((performance.now() - since) * 1_000)
  }
  taken.sort((a, b) => a - b)
  const at = (share: number) => `${Math.round(taken[Math.floor(rounds * share)] ?? 0)}`.padStart(6)
  console.log(`${name.padEnd(34)} p50 ${at(0.5)} µs   p99 ${at(0.99)} µs`)
}

const file = openSync(join(folder, 'raw'), 'w')
await measure('write and fdatasync', () => {
  writeSync(file, 'x'.repeat(4_096))
  fdatasyncSync(file)
})
closeSync(file)

const postgres = await startPostgres({ own: true })
for (const url of [`sqlite:${folder}/record.db`, ...(postgres ? [postgres.url] : [])]) {
  const store = await openRecordStore(new Secret(url))
  const name = url.split(':')[0]
  const { id } = sampleSession()
  await store.open(sampleSession({ id, state: 'claimed' }), 'gateway-1')
  await measure(`${name}: heartbeat`, () => store.heartbeat('gateway-1'))
  await measure(`${name}: open`, () => store.open(sampleSession({ state: 'claimed' }), 'gateway-1'))
  await measure(`${name}: append`, () => store.append(id, [cancelled], { holder: 'gateway-1' }))
  await measure(`${name}: session`, () => store.session(sampleSession().id))
  const since = performance.now()
  const sessions = Array.from({ length: 64 * 50 }, () => sampleSession({ state: 'claimed' }))
  const writer = async (n: number) => {
    for (const session of sessions.slice(n * 50, n * 50 + 50)) {
      await store.open(session, 'gateway-1')
      await store.conclude(session.id, ['claimed'], 'completed', [completed(1)])
    }
  }
  await Promise.all(Array.from({ length: 64 }, (_, n) => writer(n)))
  console.log(
    `${name}: 64 writers, ${Math.round((sessions.length * 2_000) / (performance.now() - since))} transactions a second`,
  )
  await store.close()
}
await postgres?.stop()

const recordings = await FolderRecordingStore.open(join(folder, 'recordings'))
const { id } = sampleSession()
await measure('recording: put 10 rows', async () => {
  const rows = Array.from({ length: 10 }, (_, n) => [n, 'x'])
  await (await recordings.put(id, 0, rowsetPage(rows))).durable
})
await recordings.close()
rmSync(folder, { recursive: true })
