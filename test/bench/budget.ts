import { threadMilliseconds } from './process-usage.ts'
import { median, type Series } from './series.ts'

/** Of threads, by their names in Linux; others keep theirs. */
const words: Readonly<Record<string, string>> = {
  MainThread: 'main thread',
  WorkerThread: 'judges',
  V8Worker: 'compiling, collecting',
  'libuv-worker': 'thread pool',
}

/** Milliseconds; what takes less on every way is left out. */
const least = 0.05

/** What each process, and each kind of its threads, takes of the processors for one call of each series. */
export class Budget {
  readonly #pids: Readonly<Record<string, number>>
  readonly #spent = new Map<Series, Map<string, number>>()
  #before = new Map<string, number>()

  /** By what a process is called in the table. */
  constructor(pids: Readonly<Record<string, number>>) {
    this.#pids = pids
  }

  begin(): void {
    this.#before = this.#now()
  }

  /** What was spent since `begin` is the series'. */
  end(series: Series): void {
    const spent = this.#spent.get(series) ?? new Map<string, number>()
    this.#spent.set(series, spent)
    for (const [name, now] of this.#now()) spent.set(name, (spent.get(name) ?? 0) + now - (this.#before.get(name) ?? 0))
  }

  /** Nothing where the system has no `/proc`. */
  print(ways: readonly Series[]): void {
    const columns = ways.map(way => [way, this.#spent.get(way) ?? new Map<string, number>()] as const)
    if (columns.every(([, spent]) => spent.size === 0)) return
    const line = (name: string, cells: readonly (number | string)[]) =>
      console.log(`${name.padEnd(42)}${cells.map(cell => String(cell).padStart(11)).join('')}`)
    const figures = (name: string, each: (series: Series, spent: ReadonlyMap<string, number>) => number) => {
      const cells = columns.map(([series, spent]) => each(series, spent).toFixed(2))
      if (cells.some(cell => Number(cell) >= least)) line(name, cells)
    }
    console.log('\nprocessor time of one query, ms: what runs beside on the same processors slows the rest')
    for (const [at, { name }] of ways.entries()) console.log(`  ${at + 1}: ${name}`)
    line(
      '',
      [...ways.keys()].map(at => at + 1),
    )
    const names = [...new Set(columns.flatMap(([, spent]) => [...spent.keys()]))].sort()
    for (const name of names) figures(name, ({ taken }, spent) => (spent.get(name) ?? 0) / taken.length)
    figures('all of it', ({ taken }, spent) => [...spent.values()].reduce((sum, one) => sum + one, 0) / taken.length)
    figures('p50 of the query itself', median)
  }

  #now(): Map<string, number> {
    return new Map(
      Object.entries(this.#pids).flatMap(([process, pid]) =>
        [...threadMilliseconds(pid)].map(
          ([thread, spent]) => [`${process}: ${words[thread] ?? thread}`, spent] as const,
        ),
      ),
    )
  }
}
