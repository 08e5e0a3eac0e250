import { spawn } from 'node:child_process'
import type { Switchboard } from '#test/services/switchboard.ts'
import type { Certificate } from '#test/services/tls-front.ts'
import type { Stand, StandOptions } from '#test/stand/stand.ts'
import type { StartLake, StartShop } from '#test/stand/warehouses.ts'

/** A client as its maker ships it, driven by a thin program that reads a scenario as JSON and answers as JSON. */
export interface Client {
  readonly name: string
  /** Installs what is missing. Resolves to how the program is started, or to why it cannot be here. */
  prepare(): Promise<Program | { readonly missing: string }>
}

export interface Program {
  readonly command: string
  readonly args: readonly string[]
  /** What it trusts: it reaches the gateway by https, as through a load balancer. */
  readonly trusts?: Certificate
}

/** What came of one step: rows, or the refusal as the client shows it. */
export interface Answer {
  readonly rows?: readonly Readonly<Record<string, unknown>>[]
  readonly count?: number
  readonly code?: number | string
  readonly sqlState?: string | null
  readonly message?: string
  /** Why this client cannot do such a thing. */
  readonly untried?: string
}

type Step = Readonly<Record<string, unknown>>

/** One thing that people do with a client, the same for each of them. */
export interface Scenario {
  readonly name: string
  readonly steps: readonly Step[]
  /** Words of the names of those clients that have such a thing; all, where absent. */
  readonly onlyFor?: readonly string[]
  /** Takes longer than the others: played first, so that it does not end alone. */
  readonly long?: true
  /**
   * Not at the same time as others that are apart: what is written from sensitive columns while a statement waits that is not
   * understood is a reason to judge that anew.
   */
  readonly apart?: true
  /** Played at the same time in a session of their own; their answers come after the others. */
  readonly beside?: readonly Step[]
  /** Instead of the usual. */
  readonly login?: (stand: Stand) => Promise<Readonly<Record<string, unknown>>>
  /** What people, or the network, do while the client waits. */
  meanwhile?(stand: Stand, board: Switchboard): Promise<unknown>
  /** Resolves when the client is to cancel: its program's standard input ends then, and at once where this is absent. */
  cancelWhen?(stand: Stand): Promise<unknown>
  /** Throws where that is not what had to come. */
  check(answers: readonly Answer[], stand: Stand): void
}

export interface Suite {
  readonly name: string
  readonly clients: readonly Client[]
  readonly scenarios: readonly Scenario[]
  readonly stand: StandOptions
  /** Another warehouse than the stand-in, or why it cannot be here. */
  readonly lake?: () => Promise<StartLake | { readonly missing: string }>
  readonly shop?: () => Promise<StartShop | { readonly missing: string }>
  /** Why that other one cannot serve a scenario, by the scenario's name. */
  readonly unserved?: Readonly<Record<string, string>>
  /** How clients log in at `url`, in words that every program of this suite knows. */
  login(stand: Stand, url: string): Promise<Readonly<Record<string, unknown>>>
  /** What has to be there beside the usual data. */
  furnish?(stand: Stand): Promise<unknown>
}

/** For what hangs: a large result takes its time on a busy machine. */
const patienceMilliseconds = 300_000

/** What the program answered, as text. Rejects with what it said where it ends in another way than with an answer. */
export async function play({ command, args }: Program, input: object, cancelled?: Promise<unknown>): Promise<string> {
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'], timeout: patienceMilliseconds })
  const said = { out: '', err: '' }
  child.stdout.setEncoding('utf8').on('data', text => {
    said.out += text
  })
  child.stderr.setEncoding('utf8').on('data', text => {
    said.err += text
  })
  const ended = new Promise<number | null>((resolve, reject) => child.on('error', reject).on('close', resolve))
  child.stdin.write(`${JSON.stringify(input)}\n`)
  try {
    await Promise.race([cancelled, ended])
  } finally {
    child.stdin.end()
  }
  const status = await ended
  if (status !== 0) {
    const how = child.killed ? `was ended after ${patienceMilliseconds / 1_000} s` : `ended with ${status}`
    throw new Error(`${command} ${how}: ${said.err.slice(-2_000)}\nand had answered: ${said.out.slice(0, 2_000)}`)
  }
  return said.out
}
