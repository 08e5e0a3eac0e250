/** One way of doing the same thing, with how long each time took, in milliseconds. */
export interface Series {
  readonly name: string
  /** `round` differs from call to call, so that nothing can be answered from a memory of the last one. */
  readonly run: (round: number) => Promise<void>
  readonly taken: number[]
}

/** Calls of one series before the next has its turn: each is measured at work, and not while it wakes up. */
const turn = 20

/** Runs all series in turns, until each had `rounds`; a fifth of them beforehand, to warm up. */
export async function sample(series: readonly Series[], rounds: number): Promise<void> {
  let call = 0
  for (let round = -rounds / 5; round < rounds; round += turn) {
    for (const { run, taken } of series) {
      for (let nth = 0; nth < turn; nth++) {
        const since = performance.now()
        await run(call++)
        if (round >= 0) taken.push(performance.now() - since)
      }
    }
  }
}

export function percentile(taken: readonly number[], share: number): number {
  const sorted = [...taken].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
}

/** The first series is the base, the second the yardstick: what is added is said as a multiple of what that adds. */
export function report(title: string, series: readonly Series[]): void {
  const [base, yardstick] = series
  if (!base || !yardstick) throw new Error('two series at least')
  const p50 = (one: Series) => percentile(one.taken, 0.5)
  const unit = p50(yardstick) - p50(base)
  console.log(`\n${title} (${base.taken.length} rounds, ms)`)
  console.log(`${''.padEnd(42)}${['p50', 'p99', 'added p50', 'ratio'].map(head => head.padStart(11)).join('')}`)
  for (const one of series) {
    const added = p50(one) - p50(base)
    const cells = [p50(one).toFixed(3), percentile(one.taken, 0.99).toFixed(3)]
    const compared = one === base ? ['', ''] : [added.toFixed(3), `${(added / unit).toFixed(2)} ×`]
    console.log(`${one.name.padEnd(42)}${[...cells, ...compared].map(cell => cell.padStart(11)).join('')}`)
  }
}
