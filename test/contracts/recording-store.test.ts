import assert from 'node:assert/strict'
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { open } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import { problemOf } from '#gateway/doors/problem.ts'
import type { GatewayError } from '#src/errors.ts'
import type { Frame } from '#src/record/event.ts'
import { FolderRecordingStore } from '#src/record/folder-recording-store.ts'
import { newSessionId, sha256 } from '#src/statement.ts'
import { asPut, rowsetPage } from '#test/execute/rowset-page.ts'
import { recordingStoreContract } from './recording-store-contract.ts'
import { tinyDisk } from './tiny-disk.ts'

const unavailable = { code: 'record_unavailable' }
const lost = { code: 'recording_lost' }
const folder = mkdtempSync(join(tmpdir(), 'querywarden-recordings-'))
after(() => rmSync(folder, { recursive: true }))

recordingStoreContract('folder', () => FolderRecordingStore.open(join(folder, 'deeper', 'recordings')))

/** A store in a folder of its own. */
async function fresh(name: string, now = () => Date.now()) {
  const root = join(folder, name)
  const store = await FolderRecordingStore.open(root, { clock: { now } })
  return { root, store, segments: () => readdirSync(root).sort() }
}

describe('recording store: the folder', () => {
  test('one changed byte is noticed, in the page it belongs to alone', async () => {
    const { root, store, segments } = await fresh('tampered')
    const id = newSessionId()
    const [first, second] = [
      await store.put(id, 0, rowsetPage([['first']])),
      await store.put(id, 1, rowsetPage([['second']])),
    ]
    const frames = [first.frame, second.frame] as const
    const path = join(root, segments()[0] ?? '')
    const bytes = readFileSync(path)
    bytes.writeUInt8(bytes.readUInt8(frames[0].bytes + 12) ^ 1, frames[0].bytes + 12)
    writeFileSync(path, bytes)
    assert.deepEqual(asPut(await store.get(id, frames[0])), rowsetPage([['first']]))
    await assert.rejects(store.get(id, frames[1]), lost)
    rmSync(path)
    await assert.rejects(store.get(id, frames[0]), lost)
    await store.close()
  })

  test('a page that the disk does not give right now is not called lost, nor is it said that nothing ran', async () => {
    const { root, store, segments } = await fresh('unread')
    const id = newSessionId()
    const { frame } = await store.put(id, 0, rowsetPage([['x']]))
    const path = join(root, segments()[0] ?? '')
    renameSync(path, `${path}.away`)
    // Opens, and answers EISDIR to a read.
    mkdirSync(path)
    const message = 'The statement ran, but what was recorded of its result cannot be read right now.'
    await assert.rejects(store.get(id, frame), (error: GatewayError) => {
      assert.deepEqual([error.code, error.message], [unavailable.code, message])
      assert.doesNotMatch(JSON.stringify(problemOf(error)), /nothing ran/i)
      assert.ok(error.next?.startsWith(`Ask for ${id} again`))
      return true
    })
    rmdirSync(path)
    renameSync(`${path}.away`, path)
    assert.deepEqual(asPut(await store.get(id, frame)), rowsetPage([['x']]))
    await store.close()
  })

  test('a place leads nowhere but to a segment', async () => {
    const { root, store, segments } = await fresh('places')
    const id = newSessionId()
    const { frame } = await store.put(id, 0, rowsetPage([['x']]))
    const name = segments()[0] ?? ''
    writeFileSync(join(folder, 'outside.zst'), readFileSync(join(root, name)))
    for (const place of [
      '../outside.zst@0',
      `${folder}/outside.zst@0`,
      `./${name}@0`,
      `${name}@-1`,
      `${name}@1e9`,
      '',
    ]) {
      await assert.rejects(store.get(id, { ...frame, place }), lost, place)
    }
    await store.close()
  })

  test('a bomb does not go off', async () => {
    const { root, store } = await fresh('bomb')
    const bomb = zstdCompressSync(Buffer.alloc(512 * 1024 * 1024))
    writeFileSync(join(root, '2026-01-01-0123456789abcdef.zst'), bomb)
    const frame = { page: 0, rows: 1, form: 'snowflake-rowset' as const, sha256: sha256(bomb), bytes: bomb.length }
    const before = process.memoryUsage.rss()
    await assert.rejects(store.get(newSessionId(), { ...frame, place: '2026-01-01-0123456789abcdef.zst@0' }), lost)
    assert.ok(process.memoryUsage.rss() - before < 300 * 1024 * 1024)
    await store.close()
  })

  test('segments are plain zstd, one line a page, one file a day and process, for the owner alone', async () => {
    let now = Date.UTC(2026, 0, 1, 23, 59)
    const { root, store, segments } = await fresh('days', () => now)
    const id = newSessionId()
    const { frame } = await store.put(id, 0, rowsetPage([['a']]))
    await store.put(id, 1, rowsetPage([['b']]))
    now += 120_000
    const { frame: tomorrow } = await store.put(id, 2, rowsetPage([['c']]))
    await store.close()
    const [first = '', second = ''] = segments()
    assert.equal(segments().length, 2)
    assert.match(first, /^2026-01-01-/)
    assert.match(second, /^2026-01-02-/)
    assert.ok(tomorrow.place?.startsWith(second))
    const bytes = readFileSync(join(root, first))
    const lines = [bytes.subarray(0, frame.bytes), bytes.subarray(frame.bytes)].map(
      part => `${zstdDecompressSync(part)}`,
    )
    assert.deepEqual(
      lines,
      ['a', 'b'].map(
        (cell, page) => `${JSON.stringify({ session: id, page, form: 'snowflake-rowset', rows: [[cell]] })}\n`,
      ),
    )
    assert.equal(statSync(join(root, first)).mode & 0o777, 0o600)
  })

  test('short pages are frames of their bytes as they are, long ones are packed; both come back, and any zstd reads them', async () => {
    const { root, store, segments } = await fresh('short')
    const id = newSessionId()
    const cells = Array.from({ length: 260 }, (_, length) => 'x'.repeat(length))
    const frames: Frame[] = []
    for (const [page, cell] of cells.entries()) frames.push((await store.put(id, page, rowsetPage([[cell]]))).frame)
    for (const [page, frame] of frames.entries())
      assert.deepEqual(asPut(await store.get(id, frame)), rowsetPage([[cells[page]]]))
    await store.close()
    const whole = readFileSync(join(root, segments()[0] ?? ''))
    const ends = frames.map((_, page) => frames.slice(0, page + 1).reduce((sum, { bytes }) => sum + bytes, 0))
    const lines = ends.map((end, page) => zstdDecompressSync(whole.subarray(ends[page - 1] ?? 0, end)).toString())
    assert.deepEqual(
      lines.map(line => JSON.parse(line).rows[0][0].length),
      cells.map(cell => cell.length),
    )
    assert.ok(whole.includes(cells[100] ?? '') && !whole.includes(cells[250] ?? ''))
  })

  test('a full disk refuses, keeps what it promised, and goes on when there is room', { timeout: 30_000 }, async t => {
    const disk = tinyDisk(1)
    if (typeof disk === 'string') return t.skip(disk)
    t.after(disk.unmount)
    const store = await FolderRecordingStore.open(disk.folder)
    const noise = () => [[Array.from({ length: 4_000 }, () => Math.random())]]
    const id = newSessionId()
    const kept: { frame: Frame; rows: unknown[][] }[] = []
    const fill = async () => {
      for (;;) {
        const rows = noise()
        kept.push({ frame: (await store.put(id, kept.length, rowsetPage(rows))).frame, rows })
      }
    }
    await assert.rejects(fill(), unavailable)
    for (let n = 0; n < 5; n++)
      await assert.rejects(
        Promise.all([store.put(id, 90, rowsetPage(noise())), store.put(id, 91, rowsetPage(noise()))]),
      )
    assert.ok(kept.length > 5)
    for (const { frame, rows } of kept) assert.deepEqual(asPut(await store.get(id, frame)), rowsetPage(rows))
    assert.equal(readdirSync(disk.folder).length, 1, 'attempts that failed leave nothing behind')
    disk.grow(4)
    const rows = noise()
    assert.deepEqual(asPut(await store.get(id, (await store.put(id, 99, rowsetPage(rows))).frame)), rowsetPage(rows))
    await store.close()
  })

  test('a folder that cannot be written is refused at the start', async () => {
    const { root } = await fresh('file')
    writeFileSync(join(root, 'not-a-folder'), '')
    await assert.rejects(FolderRecordingStore.open(join(root, 'not-a-folder')), unavailable)
  })

  test('a page is durable when the disk says so, and a disk that fails is not written to again', async t => {
    const { store, segments } = await fresh('synchronous')
    const id = newSessionId()
    await (await store.put(id, 0, rowsetPage([['first']]))).durable
    const handle = await open(join(folder, 'bomb', readdirSync(join(folder, 'bomb'))[0] ?? ''))
    const handles = Object.getPrototypeOf(handle) as typeof handle
    await handle.close()
    const disk = Promise.withResolvers<void>()
    const datasync = t.mock.method(handles, 'datasync', () => disk.promise)

    const { frame, durable } = await store.put(id, 1, rowsetPage([['second']]))
    assert.deepEqual(asPut(await store.get(id, frame)), rowsetPage([['second']]), 'it outlives the process already')
    let settled = false
    void durable.finally(() => (settled = true)).catch(() => undefined)
    await new Promise(setImmediate)
    assert.equal(datasync.mock.callCount(), 1)
    assert.equal(settled, false)
    disk.reject(new Error('EIO'))
    await assert.rejects(durable, unavailable)

    datasync.mock.restore()
    const next = await store.put(id, 2, rowsetPage([['third']]))
    await next.durable
    assert.equal(segments().length, 2, 'in a segment of its own')
    assert.deepEqual(asPut(await store.get(id, next.frame)), rowsetPage([['third']]))
    await store.close()
  })
})
