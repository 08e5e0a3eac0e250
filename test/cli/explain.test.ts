import assert from 'node:assert/strict'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { configFolder } from '#test/config/config-folder.ts'
import { querywarden } from './command-line.ts'

const example = 'manifests/policy.example.yaml'
const explain = (...args: string[]) => querywarden(['explain', ...args])
const inSnowflake = ['--dialect', 'snowflake', '--database', 'analytics', '--schema', 'marts']

describe('querywarden explain "SQL"', { timeout: 300_000 }, () => {
  test('says what a statement does, where each column comes from, and what makes it more than a plain read', async () => {
    const sql = "select c.email as mail, upper(c.city) from customers c where c.phone = '1'"
    const { status, out } = await explain(sql, ...inSnowflake)
    assert.equal(status, 0)
    for (const line of [
      /^ {2}kind +select$/m,
      /^ {2}reads +ANALYTICS\.MARTS\.CUSTOMERS$/m,
      /^ {2}writes +nothing$/m,
      /^ {2}outputs +MAIL +is ANALYTICS\.MARTS\.CUSTOMERS\.EMAIL$/m,
      /from ANALYTICS\.MARTS\.CUSTOMERS\.CITY$/m,
      /^ {2}filters +ANALYTICS\.MARTS\.CUSTOMERS\.PHONE$/m,
      /^ {2}hazards +none$/m,
      /^ {2}harmless +yes/m,
    ])
      assert.match(out, line)
    const unload = await explain('export data options (uri="gs://b/*") as select 1 as n', '--dialect', 'bigquery')
    assert.match(unload.out, /^ {2}hazards +unload$/m)
    const broken = await explain('selec 1', '--dialect', 'bigquery')
    assert.equal(broken.status, 0)
    assert.match(broken.out, /^ {2}understood +no: /m)
  })

  test('with a policy: what became of every rule, who decides, and what leaves masked', async () => {
    const sql = 'select email, id from customers'
    const asked = [sql, ...inSnowflake, '--policy', example, '--groups', 'coding-agents, others']
    const known = await explain(...asked, '--estimate', 'rows=10,bytes=1GiB')
    assert.equal(known.status, 0, known.err)
    assert.match(known.out, /^ {2}· big-scans +hold +not matched$/m)
    assert.match(known.out, /^ {2}● reads-own-marts +allow +matched, takes effect$/m)
    assert.match(known.out, /^ {2}allowed by rule reads-own-marts$/m)
    assert.match(known.out, /^ {2}masked +EMAIL \(contact, partial, by lineage\)$/m)
    const unknown = await explain(...asked)
    assert.match(unknown.out, /^ {2}● big-scans +hold +unknown: .*, takes effect$/m)
    assert.match(unknown.out, /^ {2}· reads-own-marts +allow +matched, outweighed by hold$/m)
    assert.match(unknown.out, /^ {2}approvers +1 of data-platform$/m)
    assert.match(unknown.out, /Without --estimate every number is unknown/)
    const refused = await explain('copy into @export from customers', ...asked.slice(1))
    assert.equal(refused.status, 0)
    assert.match(refused.out, /^ {2}refused by rule no-unload$/m)
    assert.doesNotMatch(refused.out, /This scans more than/)
    assert.match(refused.out, /what would pass: Select the rows through the gateway/)
  })

  test('a deny that asks for a number applies where it is not known, and where it says so', async t => {
    const { folder, write } = configFolder(t)
    const rule = "rules: [{ name: huge, when: 'estimate.bytes > tib(1)', then: deny }]"
    write('deny.yaml', `defaults: { as: READER, approvers: { group: data-oncall } }\n${rule}\n`)
    const judged = ['select 1 as n', ...inSnowflake, '--policy', join(folder, 'deny.yaml')]
    assert.match((await explain(...judged)).out, /^ {2}refused by rule huge$/m)
    assert.match((await explain(...judged)).out, /Without --estimate every number is unknown/)
    assert.match((await explain(...judged, '--estimate', 'bytes=1')).out, /^ {2}held because no rule matches$/m)
    assert.match((await explain(...judged, '--estimate', 'bytes=2000000000000')).out, /^ {2}refused by rule huge$/m)
  })

  test('says what each rule hangs on, and fits the terminal', async () => {
    const asked = ['select id, email from customers where city in (select city from offices)', ...inSnowflake]
    const spent = ['--spent', 'over=24h,bytes=2TiB', '--spent', 'group=analysts,over=1d,cost=3.5']
    const judged = [...asked, '--policy', example, '--estimate', 'bytes=20GiB', ...spent]
    for (const columns of [80, 120]) {
      const { out, err } = await querywarden(['explain', ...judged], { env: { COLUMNS: String(columns) } })
      assert.equal(err, '')
      assert.deepEqual(
        out.split('\n').filter(line => line.length > columns),
        [],
      )
      const text = out.replaceAll(/\n +/g, ' ')
      assert.match(text, /big-scans +hold +not matched no +estimate\.bytes > gib\(200\) +\(estimate\.bytes = 20 GiB\)/)
      assert.match(text, /bytes-a-day +hold +matched, takes effect yes .*\(agent\.spent\("24h"\)\.bytes = 2 TiB,/)
      assert.match(
        text,
        /reads-own-marts +allow +not matched no +"coding-agents" in agent\.groups +\(agent\.groups = none\)/,
      )
    }
  })

  test('a statement can be given its time and purpose, and what was spent before', async t => {
    const { folder, write } = configFolder(t)
    write(
      'p.yaml',
      'defaults: { as: R, approvers: { group: g } }\nrules:\n' +
        '  - { name: night, when: time.now.getHours("Europe/Berlin") >= 22, then: deny }\n' +
        '  - { name: why, when: statement.purpose == "", then: deny }\n' +
        '  - { name: team, when: group("a b").spent("7d").cost >= 3.5, then: deny }\n' +
        '  - { name: all, when: "true", then: allow }\n',
    )
    const judged = ['select 1 as n', ...inSnowflake, '--policy', join(folder, 'p.yaml'), '--purpose', 'a report']
    const decided = async (...more: string[]) =>
      /(?:allowed|refused) by rule (\w+)/.exec((await explain(...judged, ...more)).out)?.[1]
    assert.equal(await decided('--at', '2026-01-06T20:59:00Z'), 'all')
    assert.equal(await decided('--at', '2026-01-06T21:00:00Z'), 'night')
    assert.equal(await decided('--at', '2026-01-06T12:00:00Z', '--spent', 'group=a b,over=7d,cost=3.5'), 'team')
    assert.equal(await decided('--at', '2026-01-06T12:00:00Z', '--purpose', ''), 'why')
    for (const wrong of [
      ['--at', 'noon'],
      ['--spent', 'over=1 day'],
      ['--spent', 'bytes=5GiB'],
      ['--spent', 'over=1d,x=1'],
    ])
      assert.equal((await explain(...judged, ...wrong)).status, 2, wrong.join(' '))
  })

  test('--json gives the same as data, with the agent in JSON', async () => {
    const agent = '{"subject":"agent-1","groups":["coding-agents"]}'
    const { out } = await explain(
      'select * from customers',
      ...inSnowflake,
      ...['--policy', example, '--agent', agent, '--purpose', 'a first look', '--estimate', 'bytes=1024', '--json'],
    )
    const { classification, rules, decision, masks } = JSON.parse(out)
    assert.equal(classification.outputs, null)
    assert.equal(decision.verdict, 'hold')
    assert.deepEqual(
      rules.map(({ name, result, takesEffect }: Record<string, unknown>) => [name, result, takesEffect]),
      [
        ['no-unload', 'not_matched', false],
        ['big-scans', 'not_matched', false],
        ['writes-need-a-person', 'not_matched', false],
        ['filters-on-personal-data', 'matched', true],
        ['reads-own-marts', 'matched', true],
        ['bytes-a-day', 'not_matched', false],
      ],
    )
    assert.deepEqual(rules.at(-1).clauses, [
      {
        text: 'agent.spent("24h").bytes + estimate.bytes > tib(2)',
        answer: false,
        found: ['agent.spent("24h").bytes = 0 B', 'estimate.bytes = 1 KiB'],
      },
    ])
    assert.deepEqual(masks, { columns: [], whole: true, known: false })
  })

  test('a connection of the configuration brings dialect, names and policy, and none of its secrets', async t => {
    const { file, folder } = configFolder(t)
    for (const name of ['snowflake.pem', 'holds.key', 'reviews.pem']) rmSync(join(folder, name))
    const { status, out, err } = await explain(
      ...['select x from marts.t', '--connection', 'lake', '--config', file, '--json'],
    )
    assert.equal(status, 0, err)
    const { classification, decision } = JSON.parse(out)
    assert.deepEqual([classification.dialect, classification.reads], ['bigquery', ['acme-lake.marts.t']])
    assert.equal(decision.rule, 'big-scans')
    const usual = await querywarden(['explain', 'select x from marts.t', '--connection', 'lake'], {
      env: { QUERYWARDEN_CONFIG: file },
    })
    assert.match(usual.out, /acme-lake\.marts\.t/)
    const wrong = await explain('select 1', '--connection', 'laek', '--config', file)
    assert.equal(wrong.status, 2)
    assert.match(wrong.err, /no "laek" in .*did you mean "lake"\?/)
  })

  test('wrong use is said in words: 2, and nothing on standard output', async () => {
    for (const [args, said] of [
      [['select 1'], /Give --dialect/],
      [['select 1', '--dialect', 'mysql'], /Give --dialect/],
      [[' ', ...inSnowflake], /Use: explain/],
      [['select 1', '--batch'], /Use: explain/],
      [['select 1', ...inSnowflake, '--estimate', 'rows=many'], /--estimate: rows=NUMBER/],
      [['select 1', ...inSnowflake, '--agent', '{"grups":[]}'], /no such field "grups"; did you mean "groups"/],
    ] as const) {
      const { status, out, err } = await explain(...args)
      assert.deepEqual([status, out], [2, ''], args.join(' '))
      assert.match(err, said)
    }
    const none = await explain('select 1', ...inSnowflake, '--policy', 'nowhere.yaml')
    assert.equal(none.status, 1)
    assert.match(none.err, /nowhere\.yaml .*does not exist/)
  })

  test('a reader that has what it wanted ends a batch, without a word', async () => {
    const line = JSON.stringify({ id: 1, dialect: 'snowflake', sql: 'select 1 as a' })
    const { status, err } = await querywarden(['explain', '--batch'], {
      // More answers than a pipe holds: it cannot be done before its reader has left.
      input: `${line}\n`.repeat(10_000),
      leaves: true,
    })
    assert.deepEqual([status, err], [141, ''])
  })
})
