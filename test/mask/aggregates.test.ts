import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { createClassifier } from '#src/classify/classify.ts'
import { GivenCatalog } from '#src/classify/given-catalog.ts'
import { predictMasks } from '#src/mask/predict-masks.ts'
import type { Dialect } from '#src/statement.ts'
import { policyOf } from '#test/decide/decision-input.ts'

const policy = policyOf(`
sensitive:
  - { columns: ["*.people.email"], class: contact, mask: partial, aggregates: { count_distinct: clear } }
  - { columns: ["*.people.salary"], class: pay, mask: hash, aggregates: { avg: clear, median: clear, count: mask } }
  - { columns: ["*.people.pay_*", "*.people.salary"], class: money, mask: redact, aggregates: { avg: clear, sum: clear } }
  - { columns: ["*.people.phone"], class: contact, mask: partial }
rules: [{ name: none, when: "false", then: deny }]
`)
const snowflakeColumns = { ID: 'NUMBER', EMAIL: 'TEXT', PHONE: 'TEXT', SALARY: 'NUMBER' }
const bigqueryColumns = { id: 'INT64', email: 'STRING', phone: 'STRING', salary: 'INT64' }

/** What is computed, and whether it leaves as it is. */
const everywhere: readonly [expression: string, leaves: 'clear' | 'masked'][] = [
  ['count(*)', 'clear'],
  ['count(phone)', 'clear'],
  ['count(p.phone) as phone', 'clear'],
  ['cast(count(phone) as string)', 'clear'],
  ['count(distinct phone)', 'masked'],
  ['count(distinct email)', 'clear'],
  ['approx_count_distinct(email)', 'clear'],
  ['min(email)', 'masked'],
  ['max(email)', 'masked'],
  ['avg(salary)', 'clear'],
  ['round(avg(salary), 2)', 'clear'],
  ['count(salary)', 'masked'],
  ['sum(salary)', 'masked'],
  // A mask of one class is not lifted by what another class allows.
  ['stddev(salary)', 'masked'],
  // Of what is computed, any single value can be asked about.
  ["count(nullif(phone, 'x'))", 'masked'],
  ["count(case when phone like '1%' then 1 end)", 'masked'],
  ['count(distinct lower(email))', 'masked'],
  ['avg(salary + 0)', 'masked'],
  ['avg(distinct salary)', 'masked'],
  ['round(avg(salary), id)', 'masked'],
  ['avg(salary) + 1', 'masked'],
  ['coalesce(avg(salary), salary)', 'masked'],
  // A window can be one row.
  ['count(phone) over (order by phone)', 'masked'],
  ['avg(salary) over (partition by id)', 'masked'],
  ['max(avg(salary)) over ()', 'masked'],
]
const cases: Readonly<Record<Dialect, readonly (readonly [string, 'clear' | 'masked'])[]>> = {
  snowflake: [
    ...everywhere,
    ['median(salary)', 'masked'],
    ['count(distinct email, phone)', 'masked'],
    ['"count"(phone)', 'masked'],
  ],
  bigquery: [
    ...everywhere,
    ['any_value(email having max salary)', 'masked'],
    ['`count`(phone)', 'clear'],
    ['countif(salary > 5)', 'masked'],
  ],
}

describe('what an aggregate of a sensitive column leaves as', () => {
  const classifier = createClassifier({ workers: 1 })
  after(() => classifier.close())

  async function leaves(dialect: Dialect, sql: string): Promise<string> {
    const table = dialect === 'snowflake' ? { 'D.S.PEOPLE': snowflakeColumns } : { 'd.s.people': bigqueryColumns }
    const [database, schema] = dialect === 'snowflake' ? ['D', 'S'] : ['d', 's']
    const classification = await classifier.classify(
      sql,
      dialect,
      { database, schema },
      new GivenCatalog(dialect, table, []),
    )
    const { columns, whole } = predictMasks(classification, policy.sensitive)
    return whole || columns.length > 0 ? 'masked' : 'clear'
  }

  for (const dialect of ['snowflake', 'bigquery'] as const)
    for (const [expression, expected] of cases[dialect])
      test(`${dialect}: ${expression} is ${expected}`, async () => {
        assert.equal(await leaves(dialect, `select ${expression} from s.people p`), expected)
      })

  test('it stays an aggregate through subqueries and names, and not through what is made of it', async () => {
    for (const [sql, expected] of [
      ['select n from (select count(email) n from s.people)', 'clear'],
      ['with c as (select count(email) n from s.people group by id) select n from c', 'clear'],
      ['select count(e) from (select email e from s.people)', 'clear'],
      ['select count(email) from s.people union all select count(phone) from s.people', 'clear'],
      ['select count(email) from s.people union all select max(length(email)) from s.people', 'masked'],
      ['select count(e) from (select nullif(email, phone) e from s.people)', 'masked'],
      ['select n * 2 from (select count(email) n from s.people)', 'masked'],
    ] as const)
      assert.equal(await leaves('bigquery', sql), expected, sql)
  })
})
