import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import type { WirePage } from '#src/execute/wire-page.ts'
import type { RecordingStore } from '#src/record/recording-store.ts'
import { newSessionId } from '#src/statement.ts'
import { asPut, rowsetPage } from '#test/execute/rowset-page.ts'

const unavailable = { code: 'record_unavailable' }
const lost = { code: 'recording_lost' }

/** What every recording store promises. `open` gives a further instance on the same recordings. */
export function recordingStoreContract(name: string, open: () => Promise<RecordingStore>): void {
  describe(`recording store: ${name}`, () => {
    let store: RecordingStore
    before(async () => {
      store = await open()
    })
    after(() => store.close())

    test('a page comes back as it was, in every process', async () => {
      const id = newSessionId()
      const rows = [['a', 1, null, true, { k: ['\u{1f600}\u0000'] }], [], ['9007199254740993']]
      const { frame, durable } = await store.put(id, 0, rowsetPage(rows))
      await durable
      assert.deepEqual([frame.page, frame.rows], [0, 3])
      const other = await open()
      assert.deepEqual(asPut(await other.get(id, frame)), rowsetPage(rows))
      assert.deepEqual(asPut(await other.get(id, JSON.parse(JSON.stringify(frame)))), rowsetPage(rows))
      await other.close()
    })

    test('pages of any size, many at once, each under its own name', async () => {
      const ids = Array.from({ length: 30 }, () => newSessionId())
      const rowsOf = (n: number) => Array.from({ length: n * 50 }, (_, row) => [`${n}-${row}`, 'x'.repeat(n)])
      const pages = await Promise.all(ids.map((id, n) => store.put(id, n, rowsetPage(rowsOf(n)))))
      for (const [n, { frame }] of pages.entries()) {
        assert.equal(frame.page, n)
        assert.deepEqual(asPut(await store.get(ids[n] ?? '', frame)), rowsetPage(rowsOf(n)))
      }
    })

    test('pages in pieces, large ones, many at once: all of their bytes, in order', async () => {
      const ids = Array.from({ length: 8 }, () => newSessionId())
      const pageOf = (n: number): WirePage => {
        const pieces = Array.from({ length: 1 + (n % 4) }, (_, nth) => randomBytes(700_000 * nth + n))
        return { form: 'snowflake-arrow', rows: n, pieces }
      }
      for (let round = 0; round < 3; round++) {
        const pages = ids.map((_, n) => pageOf(n))
        const written = await Promise.all(pages.map((page, n) => store.put(ids[n] ?? '', round, page)))
        for (const [n, { frame }] of written.entries()) {
          const { form, rows, pieces } = await store.get(ids[n] ?? '', frame)
          assert.deepEqual([form, rows], ['snowflake-arrow', n])
          assert.ok(Buffer.concat(pieces).equals(Buffer.concat(pages[n]?.pieces ?? [])))
        }
      }
    })

    test('what is larger than any page may be is refused for good, not called unavailable', async () => {
      const row = Buffer.alloc(64 * 1024 * 1024, 'x')
      const page: WirePage = {
        form: 'snowflake-rowset',
        rows: 1,
        pieces: [Buffer.from('[["'), row, Buffer.from('"]]')],
      }
      await assert.rejects(store.put(newSessionId(), 0, page), { code: 'limit_exceeded', message: /64 MiB/ })
    })

    test('a frame is given out only for its own session and page', async () => {
      const [mine, other] = [newSessionId(), newSessionId()]
      const { frame } = await store.put(mine, 0, rowsetPage([['mine']]))
      await assert.rejects(store.get(other, frame), lost)
      await assert.rejects(store.get(mine, { ...frame, page: 1 }), lost)
      await assert.rejects(store.get(mine, { ...frame, sha256: '0'.repeat(64) }), lost)
      await assert.rejects(store.get(mine, { ...frame, bytes: frame.bytes - 1 }), lost)
      await assert.rejects(store.get(mine, { ...frame, bytes: 2 ** 40 }), lost)
    })

    test('nothing but a session id names a recording', async () => {
      for (const id of ['../../etc/passwd', '', 'a'.repeat(14), '7F3K-9Q2M-X4T/', '7f3k-9q2m-x4tb']) {
        await assert.rejects(store.put(id, 0, rowsetPage([['x']])), unavailable, id)
      }
    })

    test('a closed store takes nothing more, and has kept what it was given', async () => {
      const closing = await open()
      const id = newSessionId()
      const put = closing.put(id, 0, rowsetPage([['x']]))
      const { frame } = await put
      const late = Promise.allSettled([closing.put(id, 1, rowsetPage([['y']]))])
      await closing.close()
      await closing.close()
      const [answer] = await late
      if (answer.status === 'fulfilled')
        assert.deepEqual(asPut(await store.get(id, answer.value.frame)), rowsetPage([['y']]))
      assert.deepEqual(asPut(await store.get(id, frame)), rowsetPage([['x']]))
      await assert.rejects(closing.put(id, 2, rowsetPage([['z']])), unavailable)
    })
  })
}
