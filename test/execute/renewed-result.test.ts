import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { wirePages } from '#gateway/execute/snowflake-wire/wire-pages.ts'
import type { WireAnswer } from '#gateway/execute/snowflake-wire/wire-result.ts'
import { WireHttp } from '#gateway/execute/wire-http.ts'

test('a result whose addresses are good no more goes on with new ones, and not as another result', async t => {
  const server = createServer(({ url }, response) => {
    response.writeHead(url === '/expired' ? 403 : 200).end('["2","b"]')
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const place = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const http = new WireHttp(place, [0])
  t.after(() => {
    http.close()
    server.close()
  })
  const columns = ['ID', 'EMAIL'].map(name => ({ name, nullable: true, wire: { type: 'text' } }))
  const answer = (file: string): WireAnswer => ({
    ...{ queryId: 'q', columns, form: 'snowflake-rowset', first: Buffer.from('["1","a"]') },
    ...{ chunks: [{ url: `${place}/${file}`, rows: 1 }], chunkHeaders: {} },
  })
  const read = async (now: Partial<WireAnswer>) => {
    const renew = async () => ({ ...answer('new'), ...now })
    const pages = await Array.fromAsync(wirePages({ http, renew }, answer('expired')))
    return pages.map(({ pieces }) => Buffer.concat(pieces).toString()).join()
  }
  assert.equal(await read({}), '[["1","a"],["2","b"]]')
  const [id, email] = columns
  assert.ok(id && email)
  for (const other of [
    { columns: [email, id] },
    { columns: [id, { ...email, wire: { type: 'fixed' } }] },
    { form: 'snowflake-arrow' as const },
    { chunks: [{ url: `${place}/new`, rows: 2 }] },
    {
      chunks: [
        { url: `${place}/new`, rows: 1 },
        { url: `${place}/new`, rows: 1 },
      ],
    },
  ])
    await assert.rejects(read(other), { code: 'result_shape' }, JSON.stringify(other))
})
