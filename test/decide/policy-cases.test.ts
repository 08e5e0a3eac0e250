import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formatProblems } from '#src/config/problem.ts'
import type { Decision } from '#src/decide/decision.ts'
import { loadPolicyCases, missesOf, type PolicyCase } from '#src/decide/policy-cases.ts'

function casesOf(text: string): readonly PolicyCase[] {
  const loaded = loadPolicyCases(text, 'x.test.yaml')
  if ('problems' in loaded) throw new Error(formatProblems(loaded.problems))
  return loaded.cases
}

test('a case takes what it leaves out from what stands beside the cases', () => {
  const [first, second] = casesOf(`
dialect: snowflake
agent: { name: bot, groups: [coding-agents] }
context: { database: shop, schema: public }
cases:
  - sql: select 1
    expect: { verdict: allow }
  - name: another
    sql: select 2
    dialect: bigquery
    agent: { groups: [] }
    context: { schema: other }
    estimate: { rows: 3, bytes: 2KiB }
    table_rows: { p.d.t: 4210 }
    at: 2026-01-06T22:00:00Z
    expect: { verdict: hold, approvers: [{ group: oncall }] }
`)
  assert.deepEqual(first, {
    name: 'select 1',
    line: 6,
    asked: {
      sql: 'select 1',
      dialect: 'snowflake',
      agent: { name: 'bot', groups: ['coding-agents'] },
      context: { database: 'shop', schema: 'public' },
    },
    expect: { verdict: 'allow' },
  })
  assert.deepEqual(second?.asked, {
    sql: 'select 2',
    dialect: 'bigquery',
    agent: { name: 'bot', groups: [] },
    context: { database: 'shop', schema: 'other' },
    estimate: { rows: 3, bytes: 2048 },
    tableRows: { 'p.d.t': 4210 },
    at: Date.UTC(2026, 0, 6, 22),
  })
  assert.deepEqual(second?.expect.approvers, [{ group: 'oncall', people: 1 }])
})

test('a wrong form is told with its place, all of it at once, and never half used', () => {
  const loaded = loadPolicyCases(
    `cases:
  - sql: select 1
    expect: { verdikt: allow }
  - sqll: select 1
    dialect: snowflak
    expect: { verdict: maybe, hazards: [unlod] }
`,
    'x.test.yaml',
  )
  assert.ok('problems' in loaded)
  const text = formatProblems(loaded.problems)
  for (const line of [
    /^x\.test\.yaml:3:15 {2}cases\[0\]\.expect\.verdikt {2}no such field "verdikt"; did you mean "verdict"\?$/m,
    /^x\.test\.yaml:4:5 {2}cases\[1\]\.sqll {2}no such field "sqll"; did you mean "sql"\?$/m,
    /^x\.test\.yaml:5:14 {2}cases\[1\]\.dialect {2}write one of snowflake, bigquery; did you mean "snowflake"\?$/m,
    /^x\.test\.yaml:6:24 {2}cases\[1\]\.expect\.verdict {2}write one of/m,
    /^x\.test\.yaml:6:41 {2}cases\[1\]\.expect\.hazards\[0\] {2}write one of .*did you mean "unload"/m,
  ])
    assert.match(text, line)
})

test('a case that could never pass is a mistake of the file', () => {
  const loaded = loadPolicyCases(
    `cases:
  - sql: select 1
    expect: { verdict: allow }
  - sql: select 1
    dialect: snowflake
    expect: { verdict: deny, role: R, approvers: [{ group: g }] }
`,
    'x.test.yaml',
  )
  assert.ok('problems' in loaded)
  assert.deepEqual(
    loaded.problems.map(({ line, path, message }) => [line, path, message.split(';')[0]]),
    [
      [2, 'cases[0]', 'names no dialect'],
      [6, 'cases[1].expect.role', 'a refusal has no role'],
      [6, 'cases[1].expect.approvers', 'only a hold has approvers'],
    ],
  )
})

test('a table under a name that no statement of the case means, and a day that there is not, are mistakes of the file', () => {
  const loaded = loadPolicyCases(
    `dialect: snowflake
context: { database: shop, schema: public }
cases:
  - sql: select * from v
    views: [v, public.w, shop.public.x, '"a.b"']
    schema: { t: { id: NUMBER } }
    table_rows: { public.t: 3 }
    at: 2026-02-31T12:00:00Z
    expect: { verdict: hold }
  - sql: select * from v
    dialect: bigquery
    context: { schema: marts }
    views: [other.v]
    at: 2028-02-29T12:00:00Z
    expect: { verdict: hold }
`,
    'x.test.yaml',
  )
  assert.ok('problems' in loaded)
  assert.deepEqual(
    loaded.problems.map(({ line, path, message }) => [line, path, message.replace(/^is no table here, .* write /, '')]),
    [
      [8, 'cases[0].at', 'is no moment: its month has no such day'],
      [5, 'cases[0].views[0]', 'shop.public.v'],
      [5, 'cases[0].views[1]', 'shop.public.w'],
      [5, 'cases[0].views[3]', 'shop.public."a.b"'],
      [6, 'cases[0].schema.t', 'shop.public.t'],
      [7, 'cases[0].table_rows.public.t', 'shop.public.t'],
      [13, 'cases[1].views[0]', 'shop.other.v'],
    ],
  )
})

test('only what is expected is compared, lists in any order and whole', () => {
  const decision: Decision = {
    verdict: 'hold',
    reasons: [],
    rule: 'writes',
    role: 'WRITER',
    approvers: [
      { group: 'oncall', people: 1 },
      { group: 'privacy', people: 2 },
    ],
    limits: { rows: 1, bytes: 1, seconds: 1 },
    sensitive: [],
    detect: [],
    policyVersion: 'v',
  }
  const outcome = { decision, hazards: ['no_where', 'ddl'], masked: [] }
  const approvers = [
    { group: 'privacy', people: 2 },
    { group: 'oncall', people: 1 },
  ]
  assert.deepEqual(missesOf({ verdict: 'hold' }, outcome), [])
  const all = { verdict: 'hold', rule: 'writes', role: 'WRITER', approvers, masked: [], hazards: ['ddl', 'no_where'] }
  assert.deepEqual(missesOf(all as Parameters<typeof missesOf>[0], outcome), [])
  assert.deepEqual(missesOf({ verdict: 'allow', masked: ['EMAIL'], hazards: ['ddl'] }, outcome), [
    { what: 'verdict', expected: 'allow', actual: 'hold' },
    { what: 'masked', expected: 'EMAIL', actual: 'none' },
    { what: 'hazards', expected: 'ddl', actual: 'ddl, no_where' },
  ])
})
