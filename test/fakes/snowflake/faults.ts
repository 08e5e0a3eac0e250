import type { Statement } from './statement.ts'

export type FaultKind =
  /** 503 without doing anything. */
  | 'unavailable'
  /** The connection is dropped before anything is done. */
  | 'drop-before'
  /** The request is carried out; the connection is dropped instead of the answer. */
  | 'drop-after'
  /** The request is carried out; the connection is dropped in the middle of the answer. */
  | 'cut'
  /** It is never answered. */
  | 'stall'
  /** 403 without doing anything: what cloud storage says of a URL that has expired. */
  | 'forbidden'

interface Fault {
  readonly kind: FaultKind
  readonly path: RegExp
  /** Of the statement, where the request carries one. */
  readonly sql: RegExp
  left: number
}

/** A statement that waits at a gate until it is let through. */
export interface Gate {
  /** Resolves when a statement has come to the gate. */
  readonly arrived: Promise<Statement>
  release(): void
}

interface WaitingGate {
  readonly pattern: RegExp
  readonly arrive: (statement: Statement) => void
  readonly released: Promise<void>
}

/** What tests make go wrong, or slow. */
export class Faults {
  /** How many requests were made to fail. */
  taken = 0
  #faults: Fault[] = []
  #gates: WaitingGate[] = []
  #delays: { readonly pattern: RegExp; readonly milliseconds: number }[] = []

  failNext(kind: FaultKind, times: number, path: RegExp, sql: RegExp): void {
    this.#faults.push({ kind, path, sql, left: times })
  }

  takeFault(asked: string, sqlText: string): FaultKind | undefined {
    const fault = this.#faults.find(({ left, path, sql }) => left > 0 && path.test(asked) && sql.test(sqlText))
    if (fault === undefined) return undefined
    fault.left--
    this.taken++
    return fault.kind
  }

  holdNext(pattern: RegExp): Gate {
    const arrived = Promise.withResolvers<Statement>()
    const released = Promise.withResolvers<void>()
    this.#gates.push({ pattern, arrive: arrived.resolve, released: released.promise })
    return { arrived: arrived.promise, release: () => released.resolve() }
  }

  delay(pattern: RegExp, milliseconds: number): void {
    this.#delays.push({ pattern, milliseconds })
  }

  /** Keeps a statement back before it runs, unless it must stop. */
  async keepBack(statement: Statement): Promise<void> {
    const stopped = new Promise<void>(resolve => {
      statement.stop.addEventListener('abort', () => resolve(), { once: true })
      if (statement.stop.aborted) resolve()
    })
    const index = this.#gates.findIndex(({ pattern }) => pattern.test(statement.sqlText))
    const [gate] = index === -1 ? [] : this.#gates.splice(index, 1)
    if (gate !== undefined) {
      gate.arrive(statement)
      await Promise.race([gate.released, stopped])
    }
    const slow = this.#delays.find(({ pattern }) => pattern.test(statement.sqlText))
    if (slow === undefined) return
    const timer = Promise.withResolvers<void>()
    const handle = setTimeout(timer.resolve, slow.milliseconds)
    await Promise.race([timer.promise, stopped])
    clearTimeout(handle)
  }
}
