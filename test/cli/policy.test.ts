import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { parse } from 'yaml'
import { judgeOffline } from '#gateway/cli/judge-offline.ts'
import { noon, readCases } from '#gateway/cli/read-cases.ts'
import { createClassifier } from '#src/classify/classify.ts'
import type { LoadedPolicy } from '#src/decide/policy.ts'
import { missesOf, type PolicyCase } from '#src/decide/policy-cases.ts'
import { maskedNames } from '#src/mask/predict-masks.ts'
import { configFolder, edit } from '#test/config/config-folder.ts'
import { policyOf } from '#test/decide/decision-input.ts'
import { querywarden } from './command-line.ts'

const policy = (...args: string[]) => querywarden(['policy', ...args])
const starters = globSync('manifests/policies/*.test.yaml')

describe('querywarden policy test', { timeout: 300_000 }, () => {
  test('every starter policy decides as its cases say, in both dialects, refusals among them', async () => {
    assert.equal(starters.length, 4)
    for (const file of starters) {
      const { status, out } = await policy('test', file)
      assert.equal(status, 0, out)
      const { dialect: shared, cases } = parse(readFileSync(file, 'utf8'))
      assert.equal(out, `${cases.length} passed, 0 failed\n`)
      const dialects = new Set(cases.map(({ dialect = shared }: { dialect?: string }) => dialect))
      const verdicts = cases.map(({ expect }: { expect: { verdict: string } }) => expect.verdict)
      assert.ok(cases.length >= 8 && dialects.size === 2 && new Set(verdicts).size === 3, file)
    }
  })

  test('a starter policy without any one of its rules fails its cases', async () => {
    const classifier = createClassifier({ workers: 1 })
    try {
      for (const file of starters) {
        const cases = readCases(file)
        const text = readFileSync(file.replace('.test', ''), 'utf8')
        for (const [, name] of text.matchAll(/^ {2}- name: (.+)$/gm)) {
          const when = new RegExp(`(- name: ${name}\\n {4}when: )(>-\\n(?: {6}.*\\n)+|.*\\n)`)
          const without = policyOf(text.replace(when, '$1"false"\n'))
          const outcomes = await Promise.all(cases.map(each => missesUnder(without, each)))
          assert.ok(
            outcomes.some(misses => misses.length > 0),
            `${file}: nothing fails without ${name}`,
          )
        }
      }
    } finally {
      await classifier.close()
    }

    async function missesUnder(changed: LoadedPolicy, { asked, expect }: PolicyCase) {
      const { decision, masks, classification } = await judgeOffline(classifier, changed, asked, noon)
      return missesOf(expect, { decision, hazards: classification.hazards, masked: maskedNames(masks) })
    }
  })

  test('what comes out otherwise is shown with what was expected, and every rule', async t => {
    const { folder, write } = configFolder(t)
    write(
      'cases.yaml',
      `dialect: snowflake
cases:
  - name: right
    sql: delete from a.b.c where id = 1
    expect: { verdict: hold }
  - name: wrong
    sql: delete from a.b.c where id = 1
    expect: { verdict: allow, masked: [EMAIL] }
`,
    )
    const file = join(folder, 'cases.yaml')
    const { status, out } = await policy('test', file, '--policy', 'manifests/policy.example.yaml')
    assert.equal(status, 1)
    assert.ok(out.startsWith(`✖ wrong  ${file}:6\n`), out)
    assert.match(out, /^ {4}verdict +expected allow, actual hold$/m)
    assert.match(out, /^ {4}masked +expected EMAIL, actual none$/m)
    assert.match(out, /^ {6}· no-unload +deny +not matched$/m)
    assert.match(out, /^ {6}● big-scans +hold +unknown: a number is not known, or it is so for some of a wildcard/m)
    assert.match(out, /^ {6}● writes-need-a-person +hold +matched, takes effect$/m)
    assert.ok(out.endsWith('\n1 passed, 1 failed\n'), out)
    const data = await policy('test', file, '--policy', 'manifests/policy.example.yaml', '--json')
    const misses = [
      { what: 'verdict', expected: 'allow', actual: 'hold' },
      { what: 'masked', expected: 'EMAIL', actual: 'none' },
    ]
    assert.equal(data.status, 1)
    assert.deepEqual(JSON.parse(data.out), { passed: 1, failed: [{ name: 'wrong', line: 6, misses }] })
  })

  test('what is refused only for want of a number is decided once that is known', async t => {
    const { folder, write } = configFolder(t)
    const cases = (...verdicts: readonly string[]) =>
      `dialect: snowflake\ncases:\n${verdicts
        .map(
          (verdict, at) =>
            `  - { sql: select 1 as n, estimate: { bytes: ${at + 1}GiB }, expect: { verdict: ${verdict} } }\n`,
        )
        .join('')}`
    const small = 'when: "statement.harmless && estimate.bytes < gib(2)", then: allow'
    for (const [text, ...verdicts] of [
      [`rules: [{ name: small, ${small}, as: READER }]`, 'allow', 'deny'],
      [`defaults: { as: READER }\nrules: [{ name: small, ${small} }]`, 'allow', 'deny'],
      [
        `defaults: { as: READER, approvers: { group: oncall } }
rules:
  - { name: big, when: estimate.bytes >= gib(2), then: hold, justification: required }
  - { name: reads, when: statement.harmless, then: allow }`,
        ...['allow', 'deny'],
      ],
    ] as const) {
      write('policy.yaml', text)
      write('cases.yaml', cases(...verdicts))
      const files = [join(folder, 'cases.yaml'), '--policy', join(folder, 'policy.yaml')]
      const { out, err } = await policy('test', ...files)
      assert.ok(out.endsWith('2 passed, 0 failed\n'), text + out + err)
    }
  })

  test('a case that says what was spent in a window that no rule asks about does not pass', async t => {
    const { folder, write } = configFolder(t)
    const cases = ['over: 24h', 'over: 1h', 'group: x, over: 24h'].map(
      scope => `  - { sql: select 1 as n, spent: [{ ${scope}, bytes: 1GiB }], expect: { verdict: hold } }\n`,
    )
    write('cases.yaml', `dialect: snowflake\ncases:\n${cases.join('')}`)
    const { status, out } = await policy(
      'test',
      join(folder, 'cases.yaml'),
      '--policy',
      'manifests/policy.example.yaml',
    )
    assert.equal(status, 1)
    assert.match(out, /cases\.yaml:4\n {4}spent {5}expected 1h of the agent, actual no rule asks about it$/m)
    assert.match(out, /cases\.yaml:5\n {4}spent {5}expected 1d of group x, actual no rule asks about it$/m)
    assert.ok(out.endsWith('\n1 passed, 2 failed\n'), out)
  })

  test('files of the wrong form are reported like those of check, and nothing is run', async t => {
    const { folder, write } = configFolder(t)
    write('cases.yaml', 'cases:\n  - sql: select 1\n    expected: { verdict: allow }\n')
    const { status, out, err } = await policy(
      'test',
      join(folder, 'cases.yaml'),
      '--policy',
      join(folder, 'policy.yaml'),
    )
    assert.deepEqual([status, out], [1, ''])
    assert.match(err, /cases\.yaml:3:5 {2}cases\[0\]\.expected {2}no such field "expected"; did you mean "expect"\?/)
    assert.match(err, /\d problems$/m)
    write('cases.yaml', 'cases:\n  - { sql: select 1, at: 2026-13-01T12:00Z, expect: { verdict: allow } }\n')
    const never = await policy('test', join(folder, 'cases.yaml'), '--policy', join(folder, 'policy.yaml'))
    assert.match(never.err, /cases\.yaml:2:26 {2}cases\[0\]\.at {2}write a moment in UTC such as 2026-01-06T12:00:00Z/)
    const gone = await policy('test', join(folder, 'gone.test.yaml'))
    assert.match(gone.err, /gone\.test\.yaml {2}does not exist/)
    assert.match((await policy('test', join(folder, 'gone.yaml'))).err, /gone\.yaml {2}does not exist/)
    write('cases.yaml', 'dialect: snowflake\ncases:\n  - { sql: select 1, expect: { verdict: allow } }\n')
    const unnamed = await policy('test', join(folder, 'cases.yaml'))
    assert.equal(unnamed.status, 2)
    assert.match(unnamed.err, /cases\.yaml is not named NAME\.test\.yaml: say which policy/)
    assert.equal((await policy('tset', 'x')).status, 2)
  })
})

describe('querywarden policy diff', { timeout: 300_000 }, () => {
  const before = 'manifests/policy.example.yaml'
  const text = readFileSync(before, 'utf8')
  const estimate = { bytes: '1MiB' }
  const statements = [
    { id: 'unload', dialect: 'snowflake', sql: 'copy into @export from a.b.c', estimate },
    { id: 'delete', dialect: 'bigquery', sql: 'delete from d.t where id = 1', estimate },
    { id: 'mail', dialect: 'snowflake', sql: 'select email from a.b.customers', estimate },
    { dialect: 'snowflake', sql: 'select 1 as n', estimate },
  ]
  const lines = `${statements.map(line => JSON.stringify(line)).join('\n')}\n`

  test('says in both directions what changes, by rule, over lines and cases', async t => {
    const { folder, write } = configFolder(t)
    const looser = edit(text, 'h in ["unload", "export", "share"]', 'h == "share"')
    const stricter = edit(
      looser,
      'when: statement.writes.size() > 0\n    then: hold\n    as: AGENT_WRITER',
      'when: statement.kind == "delete"\n    then: deny',
    )
    const after = stricter
      .replace(
        /(because: Somebody looks at every write\.)\n {4}approvers.*\n {4}expires.*\n {4}# .*\n {4}grants.*\n/,
        '$1\n',
      )
      .replace('class: contact, mask: partial', 'class: contact, mask: redact')
    write('after.yaml', after)
    write('lines.jsonl', lines)
    write(
      'more.yaml',
      'cases: [{ name: another, dialect: snowflake, sql: delete from a.b.c where x = 1, estimate: { bytes: 1MiB }, expect: { verdict: hold } }]\n',
    )
    const files = ['lines.jsonl', 'more.yaml'].map(name => join(folder, name))
    const { status, out, err } = await policy('diff', before, join(folder, 'after.yaml'), ...files)
    assert.equal(status, 0, err)
    assert.match(out, /^ {2}now stricter +2\n {4}hold → deny +2 {3}writes-need-a-person\n +delete {2}another$/m)
    assert.match(out, /^ {2}now looser +1\n {4}deny → hold +1 {3}no-unload → default\n +unload$/m)
    assert.match(out, /^ {2}same verdict, other terms +1\n {4}hold +1 {3}default {2}\(masks\)\n +mail$/m)
    assert.match(out, /^ {2}unchanged +1 {3}of 5 statements$/m)
    const same = await policy('diff', before, before, ...files, '--json')
    const none = { stricter: [], looser: [], terms: [], withoutEstimate: 0 }
    assert.deepEqual(JSON.parse(same.out), { statements: 5, unchanged: 5, ...none })
  })

  test('says of how many statements the numbers are not known that a policy asks for', async t => {
    const { folder, write } = configFolder(t)
    const blind = ['select 1 as n', 'select id from a.b.c'].map(sql => JSON.stringify({ dialect: 'snowflake', sql }))
    write('blind.jsonl', [...blind, JSON.stringify(statements.at(-1))].join('\n'))
    write('big.yaml', `${text}\n  - { name: big, when: estimate.bytes > gib(5), then: deny }\n`)
    const { status, out, err } = await policy('diff', before, join(folder, 'big.yaml'), join(folder, 'blind.jsonl'))
    assert.equal(status, 0, err)
    assert.match(out, /^ {2}now stricter +2$/m)
    assert.match(
      out,
      /\n\n {2}2 without an estimate that one of these policies asks for; unknown numbers make a deny or hold apply\.\n$/,
    )
  })

  test('a line that is no statement ends it, with its place', async t => {
    const { folder, write } = configFolder(t)
    write('lines.jsonl', `${lines}\n{"id":"x","dialekt":"snowflake","sql":"select 1"}\n`)
    const { status, out, err } = await policy('diff', before, before, join(folder, 'lines.jsonl'))
    assert.deepEqual([status, out], [1, ''])
    assert.match(err, /lines\.jsonl:6:11 {2}dialekt {2}no such field "dialekt"; did you mean "dialect"\?/)
    const missing = await policy('diff', before, before, join(folder, 'nowhere.jsonl'))
    assert.equal(missing.status, 1)
    assert.match(missing.err, /nowhere\.jsonl .*does not exist/)
  })
})
