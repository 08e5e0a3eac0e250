import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { DatabaseSync } from 'node:sqlite'
import { after, describe, test } from 'node:test'
import { inspect } from 'node:util'
import { Client } from 'pg'
import { Secret } from '#src/config/secret.ts'
import type { GatewayError } from '#src/errors.ts'
import { openRecordStore } from '#src/record/open-record-store.ts'
import type { RecordStore } from '#src/record/record-store.ts'
import { startPostgres } from '#test/services/postgres.ts'
import { cancelled, sampleSession, submitting } from './sample-session.ts'
import { tinyDisk } from './tiny-disk.ts'

const unavailable = { code: 'record_unavailable' }
const folder = mkdtempSync(join(tmpdir(), 'querywarden-record-'))
const stopping: (() => unknown)[] = [() => rmSync(folder, { recursive: true })]
after(async () => {
  for (const stop of stopping.reverse()) await stop()
})

async function open(url: string): Promise<RecordStore> {
  const store = await openRecordStore(new Secret(url))
  stopping.push(() => store.close())
  return store
}

/** Calls until the store answers again; the test's own timeout bounds it. */
async function recovered(store: RecordStore): Promise<void> {
  for (;;) {
    try {
      return await store.heartbeat('gateway-1')
    } catch (error) {
      assert.equal((error as GatewayError).code, 'record_unavailable')
    }
  }
}

/** Lets another process write, kills it in the middle, and gives back what it was promised. */
async function killedWriter(url: string): Promise<string[]> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'record-writer.ts'), url], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const promised: string[] = []
  for await (const line of createInterface({ input: child.stdout })) {
    if (promised.push(line) === 100) child.kill('SIGKILL')
  }
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  assert.equal(child.signalCode, 'SIGKILL')
  return promised
}

test('with sslmode=verify-full nothing is said to a server before it has shown who it is', async () => {
  const heard: Buffer[] = []
  // Answers as a PostgreSQL without TLS does.
  const server = createServer(socket =>
    socket.on('data', bytes => {
      heard.push(bytes)
      socket.end('N')
    }),
  )
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  await assert.rejects(open(`postgres://qw:pw@127.0.0.1:${port}/qw?sslmode=verify-full`), unavailable)
  // An SSLRequest and nothing else: https://www.postgresql.org/docs/current/protocol-message-formats.html
  assert.equal(Buffer.concat(heard).toString('hex'), '0000000804d2162f')
  server.close()
})

async function assertAllThere(store: RecordStore, ids: readonly string[]): Promise<void> {
  assert.ok(ids.length >= 100)
  for (const id of ids) assert.equal((await store.session(id))?.events.length, 1, id)
  const open = await store.inState(['claimed'])
  for (const { holder } of open) assert.equal(holder, 'gateway-1')
}

describe('record store: SQLite and its faults', () => {
  test('what was promised is there after the writer was killed', { timeout: 30_000 }, async () => {
    const url = `sqlite:${folder}/killed.db`
    const promised = await killedWriter(url)
    await assertAllThere(await open(url), promised)
  })

  test('one impossible write does not spoil those that share its transaction', async () => {
    const store = await open(`sqlite:${folder}/shared.db`)
    const session = sampleSession()
    const broken = { ...sampleSession(), receivedAt: undefined } as unknown as typeof session
    const answers = await Promise.allSettled([
      store.open(session, 'gateway-1'),
      store.open(broken, 'gateway-1'),
      store.append(session.id, [cancelled]),
    ])
    assert.deepEqual(
      answers.map(({ status }) => status),
      ['fulfilled', 'rejected', 'fulfilled'],
    )
    assert.equal((await store.session(session.id))?.events.length, 2)
    assert.equal(await store.session(broken.id), undefined)
  })

  test('whoever searches the whole record keeps no statement waiting', async () => {
    const store = await open(`sqlite:${folder}/searched.db`)
    const sessions = Array.from({ length: 20 }, () => sampleSession({ sql: 'a'.repeat(200_000) }))
    await Promise.all(sessions.map(session => store.open(session, 'gateway-1')))
    await store.find({ limit: 1 })
    const answered: string[] = []
    // LIKE begins anew at each letter, and finds out only after 199 more: this takes seconds.
    const search = store.find({ text: `${'a'.repeat(199)}b` }).then(() => answered.push('search'))
    const id = sessions[0]?.id ?? ''
    await Promise.all([
      store.session(id).then(() => answered.push('session')),
      store.find({ shape: 'a' }).then(() => answered.push('history')),
    ])
    await search
    // In one queue with the search, both would be answered behind it.
    assert.equal(answered.at(-1), 'search', answered.join())
  })

  test('a file that cannot be opened, is no database, or is newer than this program', async () => {
    writeFileSync(join(folder, 'text.db'), 'this is not a database'.repeat(100))
    const newer = new DatabaseSync(join(folder, 'newer.db'))
    newer.exec('PRAGMA user_version = 99')
    newer.close()
    for (const path of ['text.db/record.db', 'text.db', 'newer.db']) {
      await assert.rejects(openRecordStore(new Secret(`sqlite:${folder}/${path}`)), unavailable, path)
    }
    await assert.rejects(
      openRecordStore(new Secret('mysql://root:hunter2@db')),
      error => !inspect(error).includes('hunter2'),
    )
  })

  test('another process that will not let go of the file makes writes fail within 10 s', {
    timeout: 30_000,
  }, async () => {
    const store = await open(`sqlite:${folder}/locked.db`)
    const session = sampleSession()
    const other = new DatabaseSync(join(folder, 'locked.db'))
    other.exec('BEGIN IMMEDIATE')
    const since = performance.now()
    await assert.rejects(store.open(session, 'gateway-1'), unavailable)
    assert.ok(performance.now() - since < 10_000)
    assert.equal(await store.session(session.id), undefined, 'readers go on')
    other.exec('ROLLBACK')
    other.close()
    assert.equal(await store.open(session, 'gateway-1'), true)
  })

  test('a full disk refuses, keeps what it promised, and goes on when there is room', { timeout: 30_000 }, async t => {
    const disk = tinyDisk(2)
    if (typeof disk === 'string') return t.skip(disk)
    stopping.push(disk.unmount)
    const store = await open(`sqlite:${disk.folder}/record.db`)
    const promised: string[] = []
    const fill = async () => {
      for (;;) {
        const session = sampleSession({ sql: 'x'.repeat(20_000), state: 'claimed' })
        await store.open(session, 'gateway-1')
        promised.push(session.id)
      }
    }
    await assert.rejects(fill(), unavailable)
    await assert.rejects(store.open(sampleSession({ sql: 'x'.repeat(100_000) }), 'gateway-1'), unavailable)
    assert.ok(promised.length > 5)
    for (const id of promised) assert.equal((await store.session(id))?.state, 'claimed')
    disk.grow(8)
    assert.equal(await store.open(sampleSession(), 'gateway-1'), true)
    const [first = ''] = promised
    assert.equal(await store.append(first, [submitting('gateway-1')], { holder: 'gateway-1' }), true)
  })
})

const postgres = await startPostgres({ own: true })
if (postgres) stopping.push(postgres.stop)

describe('record store: PostgreSQL and its faults', { skip: postgres ? false : 'needs PostgreSQL' }, () => {
  const url = postgres?.url ?? ''

  test('several gateways that start at once make the tables once', async () => {
    const stores = await Promise.all(Array.from({ length: 4 }, () => open(url)))
    for (const store of stores) await store.heartbeat('gateway-1')
  })

  test('a gateway that starts waits for one that upgrades the record, for longer than any statement may take, and says so', {
    timeout: 60_000,
  }, async () => {
    const admin = new Client({ connectionString: url })
    await admin.connect()
    await admin.query('BEGIN; SELECT pg_advisory_xact_lock(7238531)')
    const said: string[] = []
    const thrice = Promise.withResolvers<void>()
    const opening = openRecordStore(new Secret(url), words => {
      if (said.push(words) === 3) thrice.resolve()
    })
    await Promise.race([thrice.promise, Promise.allSettled([opening])])
    await admin.query('COMMIT')
    await admin.end()
    await (await opening).close()
    assert.deepEqual([...new Set(said)], ['waits for another process that upgrades the record'])
  })

  test('what was promised is there after the writer was killed', { timeout: 30_000 }, async () => {
    const promised = await killedWriter(url)
    await assertAllThere(await open(url), promised)
  })

  test('a claim is not taken over while its holder’s append is on the way', { timeout: 20_000 }, async () => {
    const store = await open(url)
    const session = sampleSession({ state: 'claimed' })
    await store.open(session, 'gateway-1')
    const admin = new Client({ connectionString: url })
    await admin.connect()
    await admin.query('BEGIN')
    await admin.query('SELECT 1 FROM session WHERE id = $1 FOR UPDATE', [session.id])
    const waiting = async () => (await admin.query('SELECT 1 FROM pg_locks WHERE NOT granted')).rows.length
    const append = store.append(session.id, [submitting('gateway-1')], { holder: 'gateway-1' })
    while ((await waiting()) < 1);
    let taken = false
    const takeOver = store.takeOver(session.id, 'gateway-1', 'gateway-2', 0).then(won => {
      taken = won
      return won
    })
    while (!taken && (await waiting()) < 2);
    assert.equal(taken, false)
    await admin.query('COMMIT')
    await admin.end()
    assert.deepEqual(await Promise.all([append, takeOver]), [true, true])
  })

  test('what is read while its connection breaks is read once more', { timeout: 20_000 }, async () => {
    const store = await open(url)
    const session = sampleSession()
    await store.open(session, 'gateway-1')
    const admin = new Client({ connectionString: url })
    await admin.connect()
    await admin.query('BEGIN; LOCK TABLE session IN ACCESS EXCLUSIVE MODE')
    const reading = store.session(session.id)
    const broken = async () =>
      (await admin.query('SELECT pg_terminate_backend(pid) FROM pg_locks WHERE NOT granted')).rows.length
    while ((await broken()) < 1);
    await admin.query('COMMIT')
    await admin.end()
    assert.equal((await reading)?.id, session.id)
  })

  test('a commit that did not wait for the disk is no promise', async () => {
    const store = await open(url)
    const session = sampleSession()
    await store.open(session, 'gateway-1')
    const admin = new Client({ connectionString: url })
    await admin.connect()
    await admin.query(`CREATE FUNCTION leak() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN PERFORM set_config('synchronous_commit', 'off', false); RETURN NEW; END $$`)
    await admin.query('CREATE TRIGGER leak BEFORE INSERT ON event FOR EACH ROW EXECUTE FUNCTION leak()')
    await store.append(session.id, [cancelled])
    await assert.rejects(store.append(session.id, [cancelled]), unavailable)
    await admin.query('DROP TRIGGER leak ON event; DROP FUNCTION leak')
    await admin.end()
    await recovered(store)
    assert.equal(await store.append(session.id, [cancelled]), true)
  })

  test('no error shows what was written', async () => {
    const store = await open(url)
    const session = sampleSession({ sql: 'SELECT secret_value' })
    const broken = { ...session, receivedAt: 'secret_value' } as unknown as typeof session
    await assert.rejects(store.open(broken, 'gateway-1'), (error: GatewayError) => {
      assert.equal(error.code, 'record_unavailable')
      assert.ok(!inspect(error, { depth: 10, showHidden: true }).includes('secret_value'))
      return true
    })
  })

  test('a record that a newer program wrote is not touched', async () => {
    const admin = new Client({ connectionString: url })
    await admin.connect()
    await admin.query('UPDATE migration SET version = version + 1')
    await assert.rejects(openRecordStore(new Secret(url)), unavailable)
    await admin.query('UPDATE migration SET version = version - 1')
    await admin.end()
  })

  test('a server that hangs fails closed within 10 s, and serves again', { timeout: 300_000 }, async () => {
    const store = await open(url)
    const session = sampleSession()
    await store.heartbeat('gateway-1')
    postgres?.own?.pause()
    const since = performance.now()
    const calls = [
      store.open(session, 'gateway-1'),
      store.session(session.id),
      store.find({}),
      ...Array.from({ length: 20 }, () => store.heartbeat('gateway-1')),
    ]
    const answers = await Promise.allSettled(calls)
    assert.ok(performance.now() - since < 10_000)
    for (const answer of answers) assert.equal(answer.status === 'rejected' && answer.reason.code, 'record_unavailable')
    postgres?.own?.resume()
    await recovered(store)
    assert.equal(typeof (await store.open(session, 'gateway-1')), 'boolean')
  })

  test('a server that dies fails closed, and serves again when it is back', { timeout: 300_000 }, async () => {
    const store = await open(url)
    const session = sampleSession()
    assert.equal(await store.open(session, 'gateway-1'), true)
    await postgres?.own?.kill()
    await assert.rejects(store.append(session.id, [cancelled]), unavailable)
    await assert.rejects(openRecordStore(new Secret(url)), unavailable)
    await postgres?.own?.restart()
    await recovered(store)
    assert.equal((await store.session(session.id))?.events.length, 1)
  })
})
