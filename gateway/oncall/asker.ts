import type { ConsoleConfig, OncallConfig } from '#src/config/config.ts'
import type { LoadedPolicy } from '#src/decide/policy.ts'
import { GatewayError } from '#src/errors.ts'
import type { Ports } from '#src/ports.ts'
import { agentKey, type Person } from '#src/principal.ts'
import type { Access } from '#src/record/access.ts'
import type { SessionRecord, SessionSummary } from '#src/record/event.ts'
import type { SessionQuery, Visibility } from '#src/record/record-store.ts'
import { summaryInChannel } from '#src/show/in-channel.ts'
import type { SessionId } from '#src/statement.ts'
import { isOperator, visibilityOf } from './visibility.ts'

export interface OncallDeps {
  readonly ports: Ports
  readonly policy: () => LoadedPolicy
  readonly rights: () => OncallConfig
  readonly issuers: () => readonly string[]
  /** Absent: nobody can sign in here. */
  readonly console: () => ConsoleConfig | undefined
  /** Public key (PEM) of the bot. */
  readonly reviewKey: () => string
  /** This gateway, as requests are made out to it. */
  readonly url: string
}

/** What was found, and how much of it: the number is put on record. */
export interface Found<T> {
  readonly answer: T
  readonly found: number
}

/** One person who asks, with what they may see. Sessions that they may not see do not exist for them. */
export class Asker {
  readonly person: Person
  readonly isOperator: boolean
  readonly #deps: OncallDeps

  constructor(person: Person, deps: OncallDeps) {
    this.person = person
    this.isOperator = isOperator(person, deps.rights())
    this.#deps = deps
  }

  /**
   * Of all that this person may see, or of that part. What the policy keeps out of the channel, or did when it was decided, does not
   * stand in lists and files either; `show` has it.
   */
  async find(query: SessionQuery, part?: Visibility): Promise<SessionSummary[]> {
    const { ports, rights } = this.#deps
    const visibleTo = part ?? visibilityOf(this.person, rights())
    const found = await ports.records.find({ ...query, ...this.#alsoMeant(query), ...(visibleTo ? { visibleTo } : {}) })
    const dialectOf = (connection: string) => ports.connection(connection)?.warehouse.dialect
    return found.map(summary =>
      this.hidesLiterals || summary.hidesLiterals ? summaryInChannel(summary, dialectOf(summary.connection)) : summary,
    )
  }

  /** Whether the policy keeps values out of the channel by now. */
  get hidesLiterals(): boolean {
    return this.#deps.policy().hidesLiterals
  }

  /** Whether this person may see sessions of an agent that is called so, and whether there is one. */
  async seesAgent(agent: string): Promise<{ readonly sees: boolean; readonly known: boolean }> {
    const known = (await this.find({ agent, limit: 1 })).length > 0
    return { known, sees: known || visibilityOf(this.person, this.#deps.rights()) === undefined }
  }

  /** People name an agent as they see it, or by its subject. */
  #alsoMeant({ agent: subject }: SessionQuery): Pick<SessionQuery, 'agentKeys'> {
    if (subject === undefined) return {}
    return { agentKeys: this.#deps.issuers().map(issuer => agentKey({ issuer, subject })) }
  }

  /** Rejects with `unknown_session` for what this person may not see, as for what is not there. */
  async session(id: SessionId): Promise<{ summary: SessionSummary; record: SessionRecord }> {
    const [summary] = await this.find({ id, limit: 1 })
    const record = summary && (await this.#deps.ports.records.session(id))
    if (!record) throw new GatewayError('unknown_session', { message: 'There is no such session.' })
    return { summary, record }
  }

  /** Throws `not_permitted` for everybody else. */
  requireOperator(): void {
    if (this.isOperator) return
    throw new GatewayError('not_permitted', { message: 'Only operators may do that, and you are in no such group.' })
  }

  /** What comes of `work` is on record before it is answered; where it cannot be, there is no answer. */
  async onRecord<T>(access: Omit<Access, 'at' | 'person' | 'found'>, work: () => Promise<Found<T>>): Promise<T> {
    const { records, clock } = this.#deps.ports
    const log = (found: number) => records.logAccess({ ...access, at: clock.now(), person: this.person.id, found })
    const result = await work().catch(async (error: unknown) => {
      await log(0)
      throw error
    })
    await log(result.found)
    return result.answer
  }
}
