import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { firstGateway } from '#test/doors/agent.ts'
import { residentMegabytes } from '#test/doors/resident-megabytes.ts'
import { ranTexts } from '#test/doors/reviewers.ts'
import { type Stand, startStand } from '#test/stand/stand.ts'
import { type Asking, type Heard, RestCaller } from './rest-caller.ts'

const sql = 'select count(*) as never_runs from shop.orders'
const queries = '/bigquery/v2/projects/lake/queries'
const jobs = '/bigquery/v2/projects/lake/jobs'
const good = { query: sql, useLegacySql: false }

interface Hostile {
  readonly what: string
  readonly method?: string
  readonly path?: string
  readonly asking?: Asking
  readonly status: number
  readonly says: RegExp
}

const gzipped = (text: string | Buffer) => ({
  body: new Uint8Array(gzipSync(text)),
  headers: { 'content-encoding': 'gzip' },
})
const invalidUtf8 = () => {
  const body = Buffer.from(JSON.stringify({ ...good, query: `${sql} ?` }))
  body[body.indexOf('?')] = 0xff
  return new Uint8Array(body)
}
const named = (jobId: string) => ({ jobReference: { jobId }, configuration: { query: good } })
const value = { parameterType: { type: 'INT64' }, parameterValue: { value: '1' } }
const twice = ['x', 'X'].map(name => ({ name, type: { type: 'INT64' } }))

const requests: readonly Hostile[] = [
  { what: 'a body that unpacks to 300 MB', asking: gzipped(Buffer.alloc(300e6, 0x20)), status: 413, says: /longer/ },
  {
    what: 'half of a gzip body',
    asking: { ...gzipped(JSON.stringify(good)), body: new Uint8Array(gzipSync(JSON.stringify(good)).subarray(0, 40)) },
    ...{ status: 400, says: /does not unpack/ },
  },
  { what: 'a statement of 5 MB', asking: { body: { ...good, query: 'x'.repeat(5e6) } }, status: 413, says: /longer/ },
  { what: 'half of JSON', asking: { body: '{"query":"select' }, status: 400, says: /./ },
  { what: 'a list', asking: { body: [good] }, status: 400, says: /object/ },
  { what: 'invalid UTF-8', asking: { body: invalidUtf8() }, status: 400, says: /UTF-8/ },
  {
    what: 'a lone surrogate',
    asking: { body: `{"query":"${sql} \\ud800","useLegacySql":false}` },
    ...{ status: 400, says: /UTF-8/ },
  },
  {
    what: 'a member twice, once in escapes',
    asking: { body: `{"query":"drop table shop.orders","qu\\u0065ry":"${sql}","useLegacySql":false}` },
    ...{ status: 400, says: /twice/ },
  },
  {
    what: '100,000 nested lists',
    asking: { body: `{"query":${'['.repeat(1e5)}${']'.repeat(1e5)}}` },
    ...{ status: 400, says: /deeper than 32/ },
  },
  { what: '__proto__', asking: { body: `{"query":"${sql}","__proto__":{"x":1}}` }, status: 400, says: /./ },
  {
    what: 'XML',
    asking: { body: '<query/>', headers: { 'content-type': 'application/xml' } },
    ...{ status: 400, says: /JSON/ },
  },
  {
    what: '20,000 parameters',
    asking: { body: { ...good, queryParameters: Array(20_000).fill({ parameterType: { type: 'INT64' } }) } },
    ...{ status: 400, says: /10000/ },
  },
  {
    what: 'parameters of which one has a name',
    asking: {
      body: {
        ...good,
        queryParameters: [{ parameterType: { type: 'INT64' } }, { name: 'x', parameterType: { type: 'INT64' } }],
      },
    },
    ...{ status: 400, says: /a mix of named and positional ones/ },
  },
  ...[
    ['x', 'x'],
    ['x', 'X'],
  ].map(names => ({
    what: `the parameters ${names.join(' and ')}, of which a card could not say which one is meant`,
    asking: { body: { ...good, queryParameters: names.map(name => ({ name, ...value })) } },
    ...{ status: 400, says: /a name that is there twice/ },
  })),
  {
    what: 'a struct of x and X',
    asking: { body: { ...good, queryParameters: [{ parameterType: { type: 'STRUCT', structTypes: twice } }] } },
    ...{ status: 400, says: /a struct with a name twice/ },
  },
  {
    what: 'a parameter that loses digits',
    asking: {
      body: `{"query":"${sql}","useLegacySql":false,"queryParameters":[{"parameterType":{"type":"INT64"},"parameterValue":{"value":9007199254740993}}]}`,
    },
    ...{ status: 400, says: /loses digits/ },
  },
  ...['-1', '1e9', 'NaN', '9'.repeat(40)].map(timeoutMs => ({
    ...{ what: `timeoutMs ${timeoutMs.slice(0, 10)}`, asking: { body: { ...good, timeoutMs } } },
    ...{ status: 400, says: /timeoutMs/ },
  })),
  {
    what: 'a request id of 37',
    asking: { body: { ...good, requestId: 'r'.repeat(37) } },
    status: 400,
    says: /requestId/,
  },
  ...['a b', '../x', 'é', 'x'.repeat(1_025), '7F3K-9Q2M-X4TB'].map(id => ({
    ...{ what: `the job id ${JSON.stringify(id.slice(0, 20))}`, path: jobs, asking: { body: named(id) } },
    ...{ status: 400, says: /job id|jobId/ },
  })),
  ...[
    'selectedFields=id&selectedFields=email',
    'formatOptions.useInt64Timestamp=1&formatOptions.useInt64Timestamp=0',
  ].map(query => ({
    ...{ what: query, method: 'GET', path: `/bigquery/v2/projects/lake/datasets/shop/tables/orders/data?${query}` },
    ...{ status: 400, says: /is there twice/ },
  })),
  ...['..%2f..%2fjobs', '%00', 'x%0d%0aset-cookie:y'].map(id => ({
    ...{ what: `a path of ${id.slice(0, 20)}`, method: 'GET', path: `${queries}/${id}` },
    ...{ status: 400, says: /job id/ },
  })),
  {
    ...{ what: 'a session that is not there', method: 'GET', path: `${queries}/7F3K-9Q2M-X4TB` },
    ...{ status: 404, says: /Not found: Job/ },
  },
  {
    what: 'a project that is another one',
    path: '/bigquery/v2/projects/..%2flake/queries',
    asking: { body: good },
    ...{ status: 404, says: /Not found: Project/ },
  },
]

describe('BigQuery door, hostile input', { timeout: 300_000 }, () => {
  let stand: Stand
  let caller: RestCaller
  before(async () => {
    stand = await startStand({ sizes: { customers: 50, orders: 500 }, bots: 0 })
    caller = await RestCaller.of(stand)
  })
  after(() => stand.stop())

  const send = ({ method = 'POST', path = queries, asking }: Hostile): Promise<Heard> =>
    caller.ask(method, path, asking)

  for (const hostile of requests) {
    test(`${hostile.what}: refused in Google's words, and nothing runs`, async () => {
      const { status, body, headers } = await send(hostile)
      assert.equal(status, hostile.status, JSON.stringify(body))
      assert.equal(body.error?.code, status)
      assert.ok(body.error?.errors[0]?.reason)
      assert.match(body.error?.message ?? '', hostile.says)
      assert.equal(headers.get('set-cookie'), null)
      assert.equal(ranTexts(stand).length, 0)
    })
  }

  test('tokens come before bodies: a stranger learns nothing about a body', async () => {
    for (const { path = queries, method = 'POST', asking } of requests) {
      const { status, headers } = await caller.ask(method, path, { ...asking, token: 'nonsense' })
      assert.equal(status, 401)
      assert.match(headers.get('www-authenticate') ?? '', /invalid_token/)
    }
  })

  test('a page token that was made up or belongs to another job is refused', async () => {
    const [one, other] = [
      await caller.query('select 1 as one'),
      await caller.query('select id from shop.orders', { maxResults: 1 }),
    ]
    const place = `queries/${one.body.jobReference.jobId}?pageToken=`
    const forged = Buffer.from(`${one.body.jobReference.jobId} -5`).toString('base64url')
    for (const token of [other.body.pageToken, forged, 'x', '%00', 'A'.repeat(5_000)])
      assert.equal((await caller.get(`${place}${token}`)).status, 400, token?.slice(0, 20))
  })

  test('an empty job id is no name: the job is given one', async () => {
    const { body } = await caller.insert({ query: 'select 3 as three' }, { jobReference: { jobId: '' } })
    assert.match(body.jobReference.jobId, /^\w{4}-\w{4}-\w{4}$/)
  })

  test('memory stays bounded over hundreds of bodies that unpack to more than they may', async () => {
    const bomb = requests[0]
    const pid = firstGateway(stand).child.pid ?? 0
    assert.ok(bomb)
    for (let count = 0; count < 20; count++) await send(bomb)
    const before = residentMegabytes(pid)
    for (let count = 0; count < 50; count++) await Promise.all([send(bomb), send(bomb), send(bomb), send(bomb)])
    assert.ok(residentMegabytes(pid) - before < 100, `${before} MB grew to ${residentMegabytes(pid)}`)
  })
})
