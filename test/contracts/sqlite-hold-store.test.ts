import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, describe, test } from 'node:test'
import { SqliteHoldStore } from '#src/hold/sqlite-hold-store.ts'
import { newSessionId } from '#src/statement.ts'
import { sampleHold } from './sample-hold.ts'

const unavailable = { code: 'holds_unavailable' }
const folder = mkdtempSync(join(tmpdir(), 'querywarden-holds-'))
after(() => rmSync(folder, { recursive: true }))
const day = 24 * 3_600_000

describe('hold store: SQLite and its faults', () => {
  test('processes that start at once share one file and lose nothing', { timeout: 300_000 }, async () => {
    const url = `sqlite:${folder}/shared.db`
    const id = newSessionId()
    const script = join(import.meta.dirname, 'hold-writer.ts')
    const writers = Array.from({ length: 3 }, () => spawn(process.execPath, [script, url, id], { stdio: 'inherit' }))
    for (const writer of writers) if (writer.exitCode === null) await once(writer, 'exit')
    assert.deepEqual(
      writers.map(({ exitCode }) => exitCode),
      [0, 0, 0],
    )
    const store = new SqliteHoldStore(join(folder, 'shared.db'))
    const hold = await store.fetch(id)
    assert.equal(hold?.version, 151)
    assert.equal(new Set(hold?.reviews).size, 150)
    await store.close()
  })

  test('time decides what is late, awaited, seen before and garbage', async () => {
    let time = Date.UTC(2026, 0, 1)
    const store = new SqliteHoldStore(join(folder, 'clock.db'), { clock: { now: () => time } })
    const hold = sampleHold({ createdAt: time, expiresAt: time + 1_000 })
    await store.create(hold)
    await store.touch(hold.id, 500)
    const reserve = () => store.reserve(newSessionId(), 'agent', 1)
    assert.deepEqual([await reserve(), await reserve()], [true, false])
    assert.equal(await store.once('click', 1), true)
    time += 999
    assert.equal(await store.isAwaited(hold.id), false)
    assert.equal(await store.once('click', 1), false)
    assert.equal(await store.replace(hold, { ...hold, reviews: ['r'] }, { before: hold.terms.expiresAt }), 'replaced')
    time += 1
    assert.equal(await store.once('click', 1), true)
    const now = { ...hold, version: 2 }
    assert.equal(await store.replace(now, { ...now, state: 'approved' }, { before: hold.terms.expiresAt }), 'late')
    assert.equal(await reserve(), false)
    time += 29_000
    assert.equal(await reserve(), true)
    time += day - 30_000
    await store.create(sampleHold({ createdAt: time }))
    assert.ok(await store.fetch(hold.id))
    time += 1_000
    await store.create(sampleHold({ createdAt: time }))
    assert.equal(await store.fetch(hold.id), undefined)
    await store.close()
  })

  test('what is not a hold is never given out as one', async () => {
    const store = new SqliteHoldStore(join(folder, 'forged.db'))
    const [forged, sound] = [sampleHold(), sampleHold()]
    await store.create(forged)
    await store.create(sound)
    const db = new DatabaseSync(join(folder, 'forged.db'))
    for (const body of ['{', 'null', JSON.stringify(sound)]) {
      db.prepare('UPDATE hold SET body = ? WHERE id = ?').run(body, forged.id)
      await assert.rejects(store.fetch(forged.id), { code: 'integrity' }, body)
      assert.deepEqual(await Array.fromAsync(store.list(['pending'])), [sound])
    }
    db.close()
    await store.close()
  })

  test('another process that will not let go of the file fails closed within 5 s', { timeout: 20_000 }, async () => {
    const store = new SqliteHoldStore(join(folder, 'locked.db'))
    const other = new DatabaseSync(join(folder, 'locked.db'))
    other.exec('BEGIN IMMEDIATE')
    const since = performance.now()
    await assert.rejects(store.once('click', 60), unavailable)
    assert.ok(performance.now() - since < 5_000)
    other.exec('ROLLBACK')
    other.close()
    assert.equal(await store.once('click', 60), true)
    await store.close()
  })

  test('a file whose contents were lost has another epoch', async () => {
    const path = join(folder, 'lost.db')
    const before = new SqliteHoldStore(path)
    const word = await before.epoch()
    await before.close()
    const again = new SqliteHoldStore(path)
    assert.equal(await again.epoch(), word)
    await again.close()
    rmSync(path)
    const after = new SqliteHoldStore(path)
    assert.notEqual(await after.epoch(), word)
    await after.close()
  })
})
