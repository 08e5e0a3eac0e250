import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { residentMiB, watchMemory } from './memory.ts'

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

export interface LargeResult {
  readonly rows: number
  readonly columns: number
  readonly bytesPerRow: number
  /** The process of the gateway, idle until the first reading. */
  readonly pid: number
}

/** Readings of one large result, as the lines of a table; the first is the one that others are compared with. */
export class Readings {
  readonly #result: LargeResult
  readonly #idle: number | undefined
  #straight = 0

  constructor(result: LargeResult) {
    this.#result = result
    this.#idle = residentMiB(result.pid)
    const size = `${this.#megabytes.toFixed(0)} MB as JSON`
    console.log(`\na result of ${result.rows} rows of ${result.columns} cells, ${size}, read to its end`)
    console.log(line('', ['seconds', 'first row', 'rows/s', 'MB/s', '× straight', 'MiB over idle']))
  }

  get #megabytes(): number {
    return (this.#result.rows * this.#result.bytesPerRow) / 1e6
  }

  async straight(name: string, work: () => Promise<Reading>): Promise<void> {
    this.#print(name, await work())
  }

  /** With the most memory that the gateway takes meanwhile. */
  async throughGateway(name: string, work: () => Promise<Reading>): Promise<void> {
    const most = watchMemory(this.#result.pid)
    const reading = await work()
    const peak = most()
    this.#print(name, reading, peak === undefined || this.#idle === undefined ? undefined : peak - this.#idle)
  }

  end(): void {
    console.log('target: at most 200 MiB over idle, whatever the size of the result')
  }

  #print(name: string, { rows: read, firstRow, whole }: Reading, over?: number): void {
    const { rows } = this.#result
    if (read !== rows) throw new Error(`${name}: ${read} rows came, not ${rows}`)
    this.#straight ||= whole
    const speed = [(rows / whole).toFixed(0), (this.#megabytes / whole).toFixed(1)]
    const figures = [whole.toFixed(1), firstRow.toFixed(2), ...speed, (whole / this.#straight).toFixed(2)]
    console.log(line(name, [...figures, over === undefined ? '' : over.toFixed(0)]))
  }
}

const line = (name: string, cells: readonly string[]): string =>
  `${name.padEnd(54)}${cells.map(cell => cell.padStart(14)).join('')}`
