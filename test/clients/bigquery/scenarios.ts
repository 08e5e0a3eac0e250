import assert from 'node:assert/strict'
import { approve, deny, ranTexts } from '#test/doors/reviewers.ts'
import type { Stand } from '#test/stand/stand.ts'
import type { Answer, Scenario } from '../client.ts'

/** A text of its own for each use, so that no client finds the statement of another. */
let uses = 0
const executions = (stand: Stand, sql: string) => ranTexts(stand).filter(text => text === sql).length

function rowsOf(answer: Answer | undefined): readonly Readonly<Record<string, unknown>>[] {
  assert.ok(answer?.rows, JSON.stringify(answer))
  return answer.rows
}

const types = `select 7 as i, cast(1.25 as numeric) as n, cast(0.5 as float64) as d, 'text' as t, true as yes, from_base64('/wA=') as y,
  date '2026-01-02' as day, timestamp '2026-01-02 03:04:05+00' as at, ['a', 'b'] as list, struct(1 as x, 'q' as y) as s,
  cast(null as string) as nothing, cast(null as int64) as none`

const firstTwo = [1, 2].map(id => ({ id, email: 'c***@***.example' }))
const byEmail = 'select id, email from shop.customers order by id limit 2'
const manyRows = 'select id, status, ordered_at from shop.orders order by id limit 10000'

export const scenarios: readonly Scenario[] = [
  {
    name: 'values of every type, null and not',
    steps: [{ sql: types }],
    check([answer]) {
      const [row] = rowsOf(answer)
      assert.deepEqual(row, {
        ...{ i: 7, n: 1.25, d: 0.5, t: 'text', yes: true, y: 'FF00', day: '2026-01-02', at: '2026-01-02T03:04:05' },
        ...{ list: ['a', 'b'], s: { x: 1, y: 'q' }, nothing: null, none: null },
      })
    },
  },
  {
    name: 'masked: under another name, with * and through a CTE',
    steps: [
      { sql: 'select email as e, phone as p from shop.customers order by id limit 2' },
      { sql: 'with c as (select * from shop.customers) select * from c order by id limit 1' },
      { sql: "select range(date '2026-01-02', null) as email, interval 25 hour as phone, 1 as one" },
    ],
    check([named, starred, neither]) {
      for (const row of rowsOf(named)) {
        assert.equal(row.e, 'c***@***.example')
        assert.match(String(row.p), /\*/)
      }
      assert.equal(rowsOf(starred)[0]?.email, 'c***@***.example')
      assert.deepEqual(rowsOf(neither), [{ email: null, phone: null, one: 1 }])
    },
  },
  {
    name: 'in one request: query and wait',
    steps: [{ sql: byEmail, how: 'query_and_wait' }],
    check: ([answer]) => assert.deepEqual(rowsOf(answer), firstTwo),
  },
  {
    name: 'a result of 10,000 rows in pages, whole and in order',
    steps: [
      { sql: manyRows, pageSize: 3_000 },
      { sql: `${manyRows} `, how: 'query_and_wait', pageSize: 3_000 },
    ],
    check(answers) {
      for (const answer of answers) {
        const rows = rowsOf(answer)
        assert.equal(rows.length, 10_000)
        assert.ok(rows.every(({ id }, at) => Number(id) === at + 1))
      }
    },
  },
  ...['to_dataframe', 'pandas_gbq'].map(how => ({
    name: `as a data frame, over REST: ${how}`,
    onlyFor: ['(Python)'],
    steps: [
      { sql: `${byEmail} -- ${how}`, how },
      { sql: `${manyRows} -- ${how}`, how },
    ],
    check([small, large]: readonly Answer[]) {
      assert.deepEqual(rowsOf(small), firstTwo)
      assert.equal(rowsOf(large).length, 10_000)
    },
  })),
  {
    name: 'parameters with names and types, an array among them',
    steps: [
      {
        sql: 'select id, @word as word from shop.customers where id in unnest(@ids) order by id',
        parameters: [
          ['word', 'STRING', "x' or 1=1"],
          ['ids', 'INT64', [3, 5]],
        ],
      },
    ],
    check([answer]) {
      assert.deepEqual(
        rowsOf(answer),
        [3, 5].map(id => ({ id, word: "x' or 1=1" })),
      )
    },
  },
  {
    name: 'a dry run says what would be read',
    steps: [{ sql: 'select id from shop.orders', dryRun: true }],
    check: ([answer]) => assert.ok(Number(answer?.count) > 0, JSON.stringify(answer)),
  },
  {
    name: 'the tables of a data set, and what each of them is',
    onlyFor: ['(Node)', '(Python)', '(Java)'],
    steps: [{ tables: 'shop', sql: '' }],
    check([answer]) {
      const orders = rowsOf(answer).find(({ name }) => name === 'orders')
      assert.deepEqual(orders, { name: 'orders', type: 'TABLE' })
    },
  },
  {
    name: 'denied: 403 accessDenied, rule and reason',
    steps: [
      { sql: "export data options (uri = 'gs://elsewhere/*') as select 1" },
      { sql: "export data options (uri = 'gs://elsewhere/*') as select 1", how: 'query_and_wait' },
    ],
    check(answers) {
      for (const answer of answers) {
        assert.equal(Number(answer.code), 403)
        assert.match(answer.message ?? '', /no-unload: Data may not be copied out.*session \w{4}-\w{4}-\w{4}/s)
      }
    },
  },
  {
    name: 'what the warehouse refuses is its own sentence, once',
    steps: [{ sql: 'select no_such_column from shop.orders' }],
    check([answer]) {
      assert.match(answer?.message ?? '', /no_such_column/)
    },
  },
  held(
    'held, then approved',
    async (stand, sql) => approve(stand, await heldCard(stand, sql)),
    ([answer]) => rowsOf(answer),
  ),
  held(
    'a write says how many rows it changed',
    async (stand, sql) => approve(stand, await heldCard(stand, sql)),
    ([answer]) => assert.equal(Number(answer?.count), 1, JSON.stringify(answer)),
  ),
  held(
    'held, then denied',
    async (stand, sql) => deny(stand, await heldCard(stand, sql), 'not now'),
    ([answer]) => {
      assert.equal(Number(answer?.code), 403)
      assert.match(answer?.message ?? '', /denied by oncall-1: "not now"/)
    },
  ),
  held('held, and cancelled by the client', undefined, ([answer]) => {
    assert.match(answer?.message ?? '', /withdrawn/)
  }),
  listed('rows of a table without a query, masked, page by page'),
  { ...listed('rows of a table as a data frame, over REST', 'to_dataframe'), onlyFor: ['(Python)'] },
  {
    name: 'rows of a table end in words where a rule lets no more through',
    steps: [{ list: 'acme-lake.shop.orders', pageSize: 4_000, sql: '' }],
    check([answer]) {
      assert.equal(Number(answer?.code), 400, JSON.stringify(answer).slice(0, 200))
      assert.match(answer?.message ?? '', /more rows than the 10000 that rule reads-of-the-shop/)
    },
  },
  intoTable(),
  transactionInSession(),
  {
    name: 'a session: a temporary table held, approved, and read as masked as what it was made from',
    apart: true,
    onlyFor: ['(Node)', '(Python)', '/go/', '(Java)'],
    steps: [
      { sql: 'select 1 as one', session: 'open' },
      { sql: 'create temp table kept as select id, email as e from shop.customers where id < 3' },
      { sql: 'select * from kept order by id' },
      { sql: 'call bq.abort_session()', session: 'end' },
      { sql: 'select * from kept order by id' },
    ],
    meanwhile: async stand => approveEach(stand, 'create temp table kept'),
    check([opened, made, seen, ended, after]) {
      assert.deepEqual([rowsOf(opened), rowsOf(made), rowsOf(ended)], [[{ one: 1 }], [], []])
      assert.deepEqual(
        rowsOf(seen),
        [1, 2].map(id => ({ id, e: 'c***@***.example' })),
      )
      assert.match(after?.message ?? '', /has ended/)
    },
  },
  movedBy('copy', tableId => ({ from: 'acme-lake.shop.orders', to: `acme-lake.shop.${tableId}` })),
  movedBy('load', tableId => ({ from: 'gs://acme/orders.csv', to: `acme-lake.shop.${tableId}` })),
  {
    name: 'a job that extracts is denied by the rule that denies EXPORT DATA',
    steps: [{ move: { kind: 'extract', from: 'acme-lake.shop.orders', to: 'gs://elsewhere/orders-*.csv' }, sql: '' }],
    check([answer], stand) {
      // Java's client looks for the job that it was refused, and shows the error that it finds there.
      assert.match(answer?.message ?? '', /no-unload: Data may not be copied out/)
      assert.ok(stand.lake.moved.every(({ kind }) => kind === 'LOAD_DATA'))
    },
  },
  {
    name: 'rows written past SQL are refused',
    steps: [{ insert: 'acme-lake.shop.orders', sql: '' }],
    check: ([answer]) => assert.equal(Number(answer?.code), 403),
  },
  {
    name: 'a load by upload is refused',
    steps: [{ load: 'acme-lake.shop.orders', sql: '' }],
    check([answer], stand) {
      assert.equal(Number(answer?.code), 403, JSON.stringify(answer))
      assert.ok(stand.lake.moved.every(({ kind }) => kind === 'LOAD_DATA'))
    },
  },
  {
    name: 'a wrong token is refused',
    steps: [{ sql: 'select 1 as one' }],
    login: async stand => ({ token: await stand.issuer.tokenFor('release-bot', { claims: { exp: 1 } }) }),
    check: ([answer]) => assert.match(answer?.message ?? '', /expired|refresh/i),
  },
]

/** A listing has no order. */
function listed(name: string, how = ''): Scenario {
  return {
    name,
    steps: [{ list: 'acme-lake.shop.customers', pageSize: 100, how, sql: '' }],
    check([answer]) {
      const rows = rowsOf(answer)
      const ids = rows.map(({ id }) => Number(id)).sort((one, other) => one - other)
      assert.deepEqual([ids.length, ids[0], ids.at(-1)], [300, 1, 300])
      assert.ok(rows.every(({ email }) => email === 'c***@***.example'))
    },
  }
}

/** A query that writes what it reads. */
function intoTable(): Scenario {
  let table = ''
  return {
    name: 'a query with a destination table: held, then approved, and masked there too',
    apart: true,
    get steps() {
      uses += 1
      table = `shop.made_${uses}`
      const sql = 'select id, email as e from shop.customers where id < 3'
      return [{ sql, into: `acme-lake.${table}` }, { sql: `select * from ${table} order by id` }]
    },
    meanwhile: async stand => approve(stand, await heldCard(stand, `\`${table.slice(5)}\``)),
    check([made, seen], stand) {
      assert.deepEqual(rowsOf(made), [])
      assert.deepEqual(
        rowsOf(seen),
        [1, 2].map(id => ({ id, e: 'c***@***.example' })),
      )
      assert.ok(stand.lake.moved.every(({ kind }) => kind === 'LOAD_DATA'))
    },
  }
}

function transactionInSession(): Scenario {
  let [sql, look] = ['', '']
  return {
    name: 'a session: what was held and approved in a transaction stays with COMMIT',
    onlyFor: ['(Node)', '(Python)', '/go/', '(Java)'],
    get steps() {
      uses += 1
      sql = `update shop.orders set status = 'committed ${uses}' where id = ${200 + uses}`
      look = `select status from shop.orders where id = ${200 + uses}`
      return [
        { sql: 'begin transaction', session: 'open' },
        { sql },
        { sql: 'commit transaction' },
        { sql: look },
        { sql: 'call bq.abort_session()', session: 'end' },
      ]
    },
    meanwhile: async stand => approve(stand, await heldCard(stand, sql)),
    check([begun, written, committed, seen, ended], stand) {
      assert.deepEqual([begun, committed, ended].map(rowsOf), [[], [], []])
      assert.equal(Number(written?.count), 1, JSON.stringify(written))
      assert.match(String(rowsOf(seen)[0]?.status), /^committed/)
      assert.equal(executions(stand, sql), 1)
    },
  }
}

/** Each client asks the same, in a session of its own: each card once. */
const approved = new Set<string>()
async function approveEach(stand: Stand, text: string): Promise<void> {
  const { blocks } = await stand.slack.waitForMessage(message => {
    const shown = JSON.stringify(message.blocks)
    return shown.includes(text) && !approved.has(idIn(shown))
  })
  const id = idIn(JSON.stringify(blocks))
  approved.add(id)
  await approve(stand, id)
}
const idIn = (shown: string) => /[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}/.exec(shown)?.[0] ?? ''

async function heldCard(stand: Stand, sql: string): Promise<string> {
  const { blocks } = await stand.slack.waitForMessage(({ blocks }) => JSON.stringify(blocks).includes(sql))
  return idIn(JSON.stringify(blocks))
}

/** A write that people decide on, and a look at what it wrote; without `decide`, the client cancels it. */
function held(
  name: string,
  decide: ((stand: Stand, sql: string) => Promise<unknown>) | undefined,
  check: (answers: readonly Answer[]) => void,
): Scenario {
  let [sql, status] = ['', '']
  return {
    name,
    get steps() {
      uses += 1
      status = `use ${uses}`
      sql = `update shop.orders set status = '${status}' where id = ${100 + uses}`
      const look = { sql: `select status from shop.orders where id = ${100 + uses}` }
      return [{ sql, ...(decide ? {} : { cancel: true }) }, look]
    },
    ...(decide ? { meanwhile: async stand => decide(stand, sql) } : {}),
    check(answers, stand) {
      check(answers)
      const [ran, seen] = [executions(stand, sql), rowsOf(answers[1])[0]?.status]
      assert.deepEqual([ran, seen === status], answers[0]?.rows ? [1, true] : [0, false])
    },
  }
}

/** A job without SQL, which people see as SQL and approve, and which is still that job to its client. */
function movedBy(kind: 'copy' | 'load', move: (tableId: string) => { from: string; to: string }): Scenario {
  let tableId = ''
  return {
    name: `a job that ${kind === 'copy' ? 'copies a table' : 'loads from storage'}: held, then approved`,
    apart: true,
    get steps() {
      uses += 1
      tableId = `${kind}_${uses}`
      return [{ move: { kind, ...move(tableId) }, sql: '' }]
    },
    meanwhile: async stand => approve(stand, await heldCard(stand, `\`${tableId}\``)),
    check([answer], stand) {
      assert.deepEqual(rowsOf(answer), [{ kind }])
      assert.equal(ranTexts(stand).filter(text => text.includes(`\`${tableId}\``)).length, 1)
    },
  }
}
