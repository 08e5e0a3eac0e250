import { parseArgs } from 'node:util'
import { loadPolicyFile } from '#src/config/watch.ts'
import { ChangeTally } from '#src/decide/compare-decisions.ts'
import type { LoadedPolicy } from '#src/decide/policy.ts'
import { asItCame } from '#src/decide/replay-decision.ts'
import { taintsIn } from '#src/decide/taint.ts'
import { predictMasks } from '#src/mask/predict-masks.ts'
import type { SessionRecord } from '#src/record/event.ts'
import type { RecordStore } from '#src/record/record-store.ts'
import { lastEvent } from '#src/record/session-facts.ts'
import { count } from '#src/show/facts.ts'
import type { SessionId } from '#src/statement.ts'
import { judgeWith } from './judge-offline.ts'
import { withRecords } from './open-records.ts'
import { Progress } from './progress.ts'
import { judgedOf, printChanges, showChanges, showWithoutEstimate } from './show-changes.ts'
import { sinceMilliseconds } from './since.ts'
import { print } from './terminal.ts'

const options = {
  config: { type: 'string' },
  policy: { type: 'string' },
  since: { type: 'string', default: '30d' },
  json: { type: 'boolean', default: false },
} as const

/**
 * `querywarden policy backtest`: recorded sessions, as they were understood and estimated then, judged by a policy as it is
 * now, against what was decided then. Nothing is asked of a warehouse, nothing is written.
 */
export async function backtestCommand(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({ args: [...args], options })
  const since = Date.now() - sinceMilliseconds(values.since)
  const given = values.policy === undefined ? undefined : loadPolicyFile(values.policy)
  return withRecords(values, async (records, { policyFile }) => {
    const name = values.policy ?? policyFile
    const backtest = new Backtest(given ?? loadPolicyFile(name))
    const progress = new Progress('sessions')
    try {
      for await (const record of sessionsSince(records, since)) {
        backtest.add(record)
        progress.show(backtest.tally.statements)
      }
    } finally {
      progress.end()
    }
    const { tally, withoutEstimate, withoutSpent, unfinished, paused } = backtest
    if (values.json) printChanges(tally, { since, withoutEstimate, withoutSpent, unfinished, paused })
    else {
      print(`  decided since ${new Date(since).toISOString().slice(0, 16)}Z → ${name}`)
      showBacktest(backtest)
    }
    return 0
  })
}

function showBacktest({ tally, withoutEstimate, withoutSpent, unfinished, paused }: Backtest): void {
  showChanges(tally, 'sessions')
  showWithoutEstimate(`${wereDecided(withoutEstimate)} without an estimate that this policy asks for`, withoutEstimate)
  if (withoutSpent > 0)
    print(
      `\n  ${wereDecided(withoutSpent)} without a count of what was spent that this policy asks for; it makes a deny or hold apply.`,
    )
  if (unfinished > 0) print(`\n  Left out, without a recorded decision: ${count(unfinished)}.`)
  if (paused > 0) print(`\n  Left out, of agents that were paused, whatever policy says: ${count(paused)}.`)
}

function wereDecided(sessions: number): string {
  return `${count(sessions)} ${sessions === 1 ? 'was' : 'were'} decided`
}

class Backtest {
  readonly tally = new ChangeTally()
  withoutEstimate = 0
  withoutSpent = 0
  unfinished = 0
  paused = 0
  readonly #policy: LoadedPolicy
  constructor(policy: LoadedPolicy) {
    this.#policy = policy
  }

  add(record: SessionRecord): void {
    const statement = lastEvent(record, 'received')?.statement
    const classification = lastEvent(record, 'classified')?.classification
    const decided = lastEvent(record, 'decided')
    const estimate = lastEvent(record, 'estimated')?.estimate
    if (!statement || !classification || !decided) {
      this.unfinished++
      return
    }
    const { principal, receivedAt: now } = statement
    const { decision: then, spent } = decided
    if (then.reasons.some(({ code }) => code === 'agent_paused')) {
      this.paused++
      return
    }
    const after = judgeWith(this.#policy, {
      ...{ ...asItCame(statement, then), classification, principal, now, tainted: taintsIn(then.sensitive) },
      ...(estimate && { estimate }),
      ...(spent && { spent }),
    })
    if (after.lacksEstimate) this.withoutEstimate++
    if (after.lacksSpent) this.withoutSpent++
    const before = { decision: then, masks: predictMasks(classification, then.sensitive) }
    this.tally.add(record.id, judgedOf(before, false), judgedOf(after, after.lacksEstimate || after.lacksSpent))
  }
}

const pageSize = 200
/** Sessions read at once: enough to hide the way to a database, few enough to hold. */
const atOnce = 8

/** Newest first, page by page; a session that was removed meanwhile is left out. */
async function* sessionsSince(records: RecordStore, since: number): AsyncGenerator<SessionRecord> {
  let before: SessionId | undefined
  for (;;) {
    const page = await records.find({ since, limit: pageSize, ...(before !== undefined && { before }) })
    for (let i = 0; i < page.length; i += atOnce) {
      const some = await Promise.all(page.slice(i, i + atOnce).map(({ id }) => records.session(id)))
      yield* some.filter(record => record !== undefined)
    }
    before = page.at(-1)?.id
    if (page.length < pageSize) return
  }
}
