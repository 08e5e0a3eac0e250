/** One way of doing the same thing, with how long each time took, in milliseconds. */
export interface Series {
  readonly name: string
  /** `round` differs from call to call, so that nothing can be answered from a memory of the last one. */
  readonly run: (round: number) => Promise<void>
  readonly taken: number[]
}

/** Looks on while a series has its turn. */
interface Watch {
  begin(): void
  end(series: Series): void
}

/** Calls of one series before the next has its turn: each is measured at work, and not while it wakes up. */
const turn = 20

/**
 * Runs all series in turns, until each had `rounds`; as many beforehand, until most of what they run is compiled. There and back, so that
 * none is always the one that comes after the heaviest and finds the processor's caches full of it.
 */
export async function sample(series: readonly Series[], rounds: number, watch?: Watch): Promise<void> {
  let call = 0
  const order = [...series]
  for (let round = -rounds; round < rounds; round += turn) {
    for (const one of order) {
      watch?.begin()
      for (let nth = 0; nth < turn; nth++) {
        const since = performance.now()
        await one.run(call++)
        if (round >= 0) one.taken.push(performance.now() - since)
      }
      if (round >= 0) watch?.end(one)
    }
    order.reverse()
  }
}

export function percentile(taken: readonly number[], share: number): number {
  const sorted = [...taken].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
}

/** Of the half between the quartiles: tells tenths of what is counted in whole milliseconds, as a percentile does not. */
export function middleMean(taken: readonly number[]): number {
  const quarter = Math.floor(taken.length / 4)
  const middle = taken.toSorted((a, b) => a - b).slice(quarter, taken.length - quarter)
  return middle.reduce((sum, one) => sum + one, 0) / middle.length
}

export const median = ({ taken }: Series): number => percentile(taken, 0.5)

/** The first series is the base, the second the yardstick: what is added is said as a multiple of what that adds. */
export function report(title: string, series: readonly Series[]): void {
  const [base, yardstick] = series
  if (!base || !yardstick) throw new Error('two series at least')
  const unit = median(yardstick) - median(base)
  console.log(`\n${title} (${base.taken.length} rounds, ms)`)
  console.log(`${''.padEnd(42)}${['p50', 'p99', 'added p50', 'ratio'].map(head => head.padStart(11)).join('')}`)
  for (const one of series) {
    const added = median(one) - median(base)
    const cells = [median(one).toFixed(3), percentile(one.taken, 0.99).toFixed(3)]
    const compared = one === base ? ['', ''] : [added.toFixed(3), `${(added / unit).toFixed(2)} ×`]
    console.log(`${one.name.padEnd(42)}${[...cells, ...compared].map(cell => cell.padStart(11)).join('')}`)
  }
}
