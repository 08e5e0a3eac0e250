import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { processorSeconds, residentMiB, watchMemory } from './process-usage.ts'
import { withProgress } from './progress.ts'

/** How long one result took, in seconds. */
export interface Reading {
  readonly rows: number
  readonly firstRow: number
  readonly whole: number
}

/** A program that is told its task on standard input; resolves to what it printed. */
export async function runClient(task: object, args: readonly string[], command = process.execPath): Promise<string> {
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] })
  child.stdin.end(JSON.stringify(task))
  const [said, [code]] = await Promise.all([text(child.stdout), once(child, 'exit')])
  if (code !== 0) throw new Error(`the client ended with ${code}`)
  return said
}

interface LargeResult {
  readonly rows: number
  readonly columns: number
  /** Some of its rows as the warehouse writes them, in JSON. */
  readonly sample: string
  readonly sampleRows: number
  /** The process of the gateway, idle until the first reading. */
  readonly pid: number
}

/** Readings of one large result, as the lines of a table; the first is the one that others are compared with. */
export class Readings {
  readonly #result: LargeResult
  readonly #idle: number | undefined
  readonly #parsing: number
  #straight = 0

  constructor(result: LargeResult) {
    this.#result = result
    this.#idle = residentMiB(result.pid)
    this.#parsing = parsingSeconds(result.sample) * (result.rows / result.sampleRows)
    const size = `${this.#megabytes.toFixed(0)} MB as JSON`
    console.log(`\na result of ${result.rows} rows of ${result.columns} cells, ${size}, read to its end`)
    console.log(
      line('', [
        'seconds',
        'first row',
        'rows/s',
        'MB/s',
        '× straight',
        'MiB over idle',
        'processor s',
        '× JSON.parse',
      ]),
    )
  }

  get #megabytes(): number {
    const { rows, sample, sampleRows } = this.#result
    return (rows * Buffer.byteLength(sample)) / sampleRows / 1e6
  }

  async straight(name: string, work: () => Promise<Reading>): Promise<void> {
    this.#print(name, await withProgress(name, work))
  }

  /** With the most memory and the processors' time that the gateway takes meanwhile: for all that it does, in all its threads. */
  async throughGateway(name: string, work: () => Promise<Reading>): Promise<void> {
    const { pid } = this.#result
    const most = watchMemory(pid)
    const before = processorSeconds(pid) ?? Number.NaN
    const over = () => (residentMiB(pid) ?? Number.NaN) - (this.#idle ?? Number.NaN)
    const reading = await withProgress(name, work, () => `, gateway ${over().toFixed(0)} MiB over idle`)
    const mostOver = (most() ?? Number.NaN) - (this.#idle ?? Number.NaN)
    const used = (processorSeconds(pid) ?? Number.NaN) - before
    const figures = [mostOver.toFixed(0), used.toFixed(1), (used / this.#parsing).toFixed(1)]
    this.#print(name, reading, Number.isNaN(used) ? [] : figures)
  }

  end(): void {
    console.log('target: at most 200 MiB over idle, whatever the size of the result')
  }

  #print(name: string, { rows: read, firstRow, whole }: Reading, more: readonly string[] = []): void {
    const { rows } = this.#result
    if (read !== rows) throw new Error(`${name}: ${read} rows came, not ${rows}`)
    this.#straight ||= whole
    const speed = [(rows / whole).toFixed(0), (this.#megabytes / whole).toFixed(1)]
    const figures = [whole.toFixed(1), firstRow.toFixed(2), ...speed, (whole / this.#straight).toFixed(2)]
    console.log(line(name, [...figures, ...more]))
  }
}

/** The best of some rounds: what nobody who makes objects of the rows can be faster than. */
function parsingSeconds(sample: string): number {
  const rounds = Array.from({ length: 50 }, () => {
    const since = performance.now()
    JSON.parse(sample)
    return performance.now() - since
  })
  return Math.min(...rounds) / 1_000
}

const line = (name: string, cells: readonly string[]): string =>
  `${name.padEnd(54)}${cells.map(cell => cell.padStart(14)).join('')}`
