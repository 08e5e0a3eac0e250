import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import type { Classification } from '#src/classify/classification.ts'
import type { DecisionInput, Estimate } from '#src/decide/decision.ts'
import type { LoadedPolicy } from '#src/decide/policy.ts'
import type { NewSession, RecordStore } from '#src/record/record-store.ts'
import { SqliteRecordStore } from '#src/record/sqlite-record-store.ts'
import { newSessionId } from '#src/statement.ts'
import { configFolder, configText, edit, environment } from '#test/config/config-folder.ts'
import { decisionInput, deletes, nothingSpent, policyOf } from '#test/decide/decision-input.ts'
import { querywarden } from './command-line.ts'

const day = 86_400_000
const small = { bytes: 1024 }
const unloads: Partial<Classification> = { kind: 'unload', kinds: ['unload'], harmless: false, hazards: ['unload'] }
const text = readFileSync('manifests/policy.example.yaml', 'utf8')

/** A session as the gateway records it, decided by this policy at that time. */
function recorded(
  policy: LoadedPolicy,
  receivedAt: number,
  change: { classification?: Partial<Classification>; estimate?: Estimate } = {},
  more: Partial<DecisionInput> = {},
): NewSession {
  const spent = [{ ...nothingSpent, bytes: 2 ** 40 }]
  const input = { ...decisionInput({ spent, ...change, now: new Date(receivedAt).toISOString() }), ...more }
  const { classification, estimate } = input
  const id = newSessionId()
  const decision = policy.decide(input)
  const at = receivedAt
  return {
    ...{ id, state: 'held', receivedAt, principal: 'p', agent: 'agent-1', connection: 'analytics' },
    ...{ kind: classification.kind, tables: [...classification.reads], rule: decision.rule, sql: input.statement.sql },
    events: [
      { kind: 'received', at, statement: { ...input.statement, id } },
      { kind: 'classified', at, classification },
      ...(estimate ? [{ kind: 'estimated', at, estimate } as const] : []),
      { kind: 'decided', at, decision, digest: 'd', spent },
    ],
  }
}

async function openAll(records: RecordStore, sessions: readonly NewSession[]): Promise<void> {
  for (const session of sessions) assert.ok(await records.open(session, 'gateway-1'))
}

describe('querywarden policy backtest', { timeout: 300_000 }, () => {
  test('replays what was recorded, page by page, and says what would change in both directions', async t => {
    const { file, folder, write } = configFolder(t)
    const path = join(folder, 'records.db')
    write('querywarden.yaml', edit(configText, 'records: env:DATABASE_URL', `records: "sqlite:${path}"`))
    const policy = policyOf(text)
    const now = Date.now()
    const reads = Array.from({ length: 430 }, (_none, i) =>
      recorded(policy, now - (i + 10) * 1000, { estimate: small }),
    )
    const others = [
      recorded(policy, now - 2 * day, { classification: deletes, estimate: small }),
      recorded(policy, now - 3 * day, { classification: deletes }),
      recorded(policy, now - 4 * day, { classification: unloads }),
      recorded(policy, now - 40 * day, { classification: unloads }),
    ]
    const records = await SqliteRecordStore.open(path)
    await Promise.all(chunked([...reads, ...others], 50).map(some => openAll(records, some)))
    await records.close()
    const backtest = (...args: string[]) =>
      querywarden(['policy', 'backtest', '--config', file, ...args], { env: environment })

    const same = await backtest('--since', '30d')
    assert.equal(same.status, 0, same.err)
    assert.match(same.out, /^ {2}now stricter +0\n {2}now looser +0\n {2}same verdict, other terms +0$/m)
    assert.match(same.out, /^ {2}unchanged +433 {3}of 433 sessions$/m)

    const looser = edit(text, 'h in ["unload", "export", "share"]', 'h == "share"')
    write('new.yaml', edit(looser, 't.matches("ANALYTICS.MARTS.*")', 't.matches("OTHER.*")'))
    const changed = await backtest('--since', '30d', '--policy', join(folder, 'new.yaml'))
    assert.equal(changed.status, 0, changed.err)
    assert.match(changed.out, /^ {2}now stricter +430\n {4}allow → hold +430 {3}reads-own-marts → default$/m)
    assert.match(
      changed.out,
      /^ {2}now looser +1\n {4}deny → hold +1 {3}no-unload → big-scans {2}\(without numbers that are asked for\)$/m,
    )
    assert.match(changed.out, /^ {2}unchanged +2 {3}of 433 sessions$/m)
    for (const { id } of [...reads.slice(0, 10), ...others.slice(2, 3)]) assert.ok(changed.out.includes(id), id)
    assert.ok(!changed.out.includes(reads[10]?.id ?? ''), 'ten examples, the newest')
    assert.match(changed.out, /^ {2}2 were decided without an estimate that this policy asks for/m)

    write('budget.yaml', edit(text, 'gib(200)', 'tib(200)').replace('> tib(2)', '> tib(1)'))
    const budget = await backtest('--since', '30d', '--policy', join(folder, 'budget.yaml'))
    assert.match(budget.out, /^ {4}allow → hold +430 {3}reads-own-marts → bytes-a-day$/m)
    write('hour.yaml', text.replace('agent.spent("24h")', 'agent.spent("1h")'))
    const other = await backtest('--since', '30d', '--policy', join(folder, 'hour.yaml'))
    assert.match(other.out, /^ {4}allow → hold +430 .*\(without numbers that are asked for\)$/m)
    assert.match(other.out, /^ {2}432 were decided without a count of what was spent that this policy asks for/m)

    const all = JSON.parse((await backtest('--since', '60d', '--policy', join(folder, 'new.yaml'), '--json')).out)
    assert.deepEqual([all.statements, all.unchanged, all.looser[0].count, all.unfinished], [434, 2, 2, 0])
    const after = await SqliteRecordStore.open(path)
    const [newest] = await after.find({ limit: 1 })
    assert.equal((await after.session(newest?.id ?? ''))?.events.length, 4, 'nothing is written')
    await after.close()
  })

  test('what was written from sensitive columns counts as it did; what only a pause held is left out', async t => {
    const { file, folder, write } = configFolder(t)
    const path = join(folder, 'records.db')
    write('querywarden.yaml', edit(configText, 'records: env:DATABASE_URL', `records: "sqlite:${path}"`))
    const policy = policyOf(text)
    const records = await SqliteRecordStore.open(path)
    const filters = ['ANALYTICS.MARTS.DAILY.N']
    const tainted = [{ column: 'ANALYTICS.MARTS.DAILY.N', class: 'pii', mask: 'hash' as const }]
    const now = Date.now() - 60_000
    await openAll(records, [
      recorded(policy, now, { classification: { filters }, estimate: small }, { tainted }),
      recorded(
        policy,
        now,
        { estimate: small },
        { paused: { agent: 'agent-1', by: 'oncall-1', reason: 'it loops', at: now } },
      ),
    ])
    await records.close()
    const { out } = await querywarden(['policy', 'backtest', '--config', file], { env: environment })
    assert.match(out, /^ {2}unchanged +1 {3}of 1 sessions$/m)
    assert.match(out, /^ {2}Left out, of agents that were paused, whatever policy says: 1\.$/m)
  })

  test('what its place refused, and the one role of a place, are no change of the policy', async t => {
    const { file, folder, write } = configFolder(t)
    const path = join(folder, 'records.db')
    write('querywarden.yaml', edit(configText, 'records: env:DATABASE_URL', `records: "sqlite:${path}"`))
    const policy = policyOf(text)
    const now = Date.now() - 60_000
    const { statement } = decisionInput({ now: new Date(now).toISOString() })
    const place = { id: 't', openedAt: now, count: 1, latest: [] }
    const { role } = policy.decide(decisionInput({ estimate: small, spent: [nothingSpent] }))
    const refusal = { because: 'It is hidden.', instead: 'Another name.' }
    const spent = [nothingSpent]
    const temporary = (own: string) => ({ ...statement, temporary: { ...place, role: own, tables: ['A.B.T'] } })
    const within = (own: string, sql = statement.sql) => ({ ...statement, sql, transaction: { ...place, role: own } })
    const records = await SqliteRecordStore.open(path)
    await openAll(
      records,
      [
        { statement: temporary(role), refusal },
        { statement: temporary(role) },
        { statement: temporary('OTHER') },
        { statement: within(role) },
        { statement: within('OTHER') },
        { statement: within('OTHER', 'commit') },
      ].map(more => recorded(policy, now, { estimate: small }, { spent, ...more })),
    )
    await records.close()
    const backtest = async (...args: string[]) =>
      (await querywarden(['policy', 'backtest', '--config', file, ...args], { env: environment })).out
    assert.match(await backtest(), /^ {2}unchanged +6 {3}of 6 sessions$/m)
    write('other.yaml', text.replaceAll(role, 'ANOTHER'))
    const other = await backtest('--policy', join(folder, 'other.yaml'))
    assert.match(other, /^ {2}now stricter +0\n {2}now looser +0\n {2}same verdict, other terms +2$/m)
  })

  test('a policy that cannot be loaded, and wrong use, change nothing and say so', async t => {
    const { file, write, folder } = configFolder(t)
    write('new.yaml', text.replace('statement.writes', 'statement.writez'))
    const wrong = await querywarden(['policy', 'backtest', '--config', file, '--policy', join(folder, 'new.yaml')], {
      env: environment,
    })
    assert.deepEqual([wrong.status, wrong.out], [1, ''])
    assert.match(wrong.err, /new\.yaml:\d+:\d+ .*did you mean "statement\.writes"\?/)
    const since = await querywarden(['policy', 'backtest', '--config', file, '--since', 'ever'], { env: environment })
    assert.equal(since.status, 2)
    assert.match(since.err, /--since: a number with m, h or d/)
  })
})

function chunked<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_none, i) => items.slice(i * size, (i + 1) * size))
}
