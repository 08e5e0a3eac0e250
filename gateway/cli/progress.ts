import { count } from '#src/show/facts.ts'
import { WaitingLine } from './terminal.ts'

const quietMilliseconds = 2_000
const everyMilliseconds = 500

/** How far a long piece of work is, on standard error; nothing where it is done within two seconds. */
export class Progress {
  readonly #line = new WaitingLine()
  readonly #what: string
  #next = Date.now() + quietMilliseconds

  constructor(what: string) {
    this.#what = what
  }

  show(done: number): void {
    if (Date.now() < this.#next) return
    this.#next = Date.now() + everyMilliseconds
    this.#line.show(`  ${this.#what} so far: ${count(done)} …`)
  }

  end(): void {
    this.#line.clear()
  }
}
