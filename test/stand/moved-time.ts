import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'

const RealDate = Date
const realNow = performance.now.bind(performance)

/**
 * Makes every clock of this process (`Date`, `performance`) run ahead by the milliseconds that stand in a file. Timers
 * keep real time. With the same file in every process of a stand, an hour passes for all of them at once.
 */
function followClock(file: string): void {
  let known = 0
  const ahead = () => {
    // At its end a test takes the file away before its processes are gone.
    if (existsSync(file)) known = Number(readFileSync(file, 'utf8'))
    return known
  }
  const now = () => RealDate.now() + ahead()
  globalThis.Date = new Proxy(RealDate, {
    construct: (target, given, newTarget) => Reflect.construct(target, given.length > 0 ? given : [now()], newTarget),
    get: (target, name) => (name === 'now' ? now : Reflect.get(target, name)),
  })
  performance.now = () => realNow() + ahead()
}

/** Time that a test moves, for itself and for the processes that it starts with `env`. */
export class MovedTime {
  readonly env: Readonly<Record<string, string>>
  readonly #file: string
  #ahead = 0

  constructor(file: string) {
    this.#file = file
    this.pass(0)
    this.env = { MOVED_TIME: file, NODE_OPTIONS: `--import ${import.meta.url}` }
    followClock(file)
  }

  pass(milliseconds: number): void {
    this.#ahead += milliseconds
    // Whoever reads meanwhile must not find half of it.
    writeFileSync(`${this.#file}.next`, String(this.#ahead))
    renameSync(`${this.#file}.next`, this.#file)
  }
}

if (process.env.MOVED_TIME) followClock(process.env.MOVED_TIME)
