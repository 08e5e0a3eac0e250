import { randomUUID } from 'node:crypto'
import type { DriverContext, DriverSession, DriverSessions, DriverTokens } from '#src/authenticate/driver-sessions.ts'
import type { Clock } from '#src/clock.ts'
import { GatewayError } from '#src/errors.ts'
import type { HoldStore } from '#src/hold/hold-store.ts'
import { type Principal, principalKey } from '#src/principal.ts'
import type { Seal } from './seal.ts'

const sessionSeconds = 3_600
/** A session that nobody renews for this long is gone. */
const masterSeconds = 4 * 3_600
/** As long as Snowflake's own URLs of results live. */
const ticketSeconds = 6 * 3_600
/** The identity is proven anew after this time, by another login. */
const lifeSeconds = 12 * 3_600
/** Of a change that others come before. */
const attempts = 20

interface SealedSessionsOptions {
  readonly holds: Pick<HoldStore, 'keep' | 'kept' | 'forget'>
  readonly seal: Seal
  readonly issuers: () => readonly string[]
  readonly clock: Clock
}

/** What a token is good for: one that was sealed for another purpose does not open. */
const purposes = {
  session: 'driver session token',
  master: 'driver master token',
  ticket: (subject: string) => `driver ticket for ${subject}`,
}

type Kept = Pick<DriverSession, 'principal' | 'context' | 'endsAt'>

/**
 * Sessions that live in the hold store, which is not trusted: each is sealed under its own id, so that whoever writes there
 * can end one or put back what it was before, but neither read it, nor make up another state, nor put it in another's place. The
 * tokens name the session and say how long they count; without the stored session they open nothing.
 */
export class SealedSessions implements DriverSessions {
  readonly #options: SealedSessionsOptions

  constructor(options: SealedSessionsOptions) {
    this.#options = options
  }

  async open(principal: Principal, context: DriverContext) {
    const endsAt = this.#options.clock.now() + lifeSeconds * 1_000
    const session = { id: randomUUID(), principal, context, endsAt }
    await this.#keep(session)
    return { session, tokens: await this.#tokens(session) }
  }

  async resume(token: string): Promise<DriverSession> {
    return this.#find(purposes.session, token)
  }

  async renew(masterToken: string) {
    const found = await this.#find(purposes.master, masterToken)
    // Sealed anew, and so kept for longer.
    const session = { ...found, context: await this.change(found, ({ ...context }) => context) }
    return { session, tokens: await this.#tokens(session) }
  }

  async change({ id }: DriverSession, to: (now: DriverContext) => DriverContext): Promise<DriverContext> {
    for (let attempt = 0; attempt < attempts; attempt++) {
      const { text, ...session } = await this.#kept(id)
      const context = to(session.context)
      if (context === session.context || (await this.#keep({ ...session, context }, text))) return context
    }
    throw new GatewayError('conflict')
  }

  async end({ id, principal }: DriverSession): Promise<void> {
    await this.#options.holds.forget(nameOf(id), principalKey(principal))
  }

  async remember(
    { id, principal }: Pick<DriverSession, 'id' | 'principal'>,
    name: string,
    value: Readonly<Record<string, unknown>>,
    unless?: (now: Readonly<Record<string, unknown>>) => boolean,
  ): Promise<void> {
    const { seal, holds } = this.#options
    const key = `${nameOf(id)} ${name}`
    const text = await seal.seal(key, { ...value }, lifeSeconds)
    const owner = principalKey(principal)
    for (let attempt = 0; attempt < attempts; attempt++) {
      const instead = unless && (await holds.kept(key))
      const now = instead && (await seal.open(key, instead))
      if (now && unless?.(now)) return
      if (await holds.keep(key, text, lifeSeconds, { owner, ...(instead ? { instead } : {}) })) return
    }
    throw new GatewayError('conflict')
  }

  async recall(
    { id }: Pick<DriverSession, 'id'>,
    name: string,
  ): Promise<Readonly<Record<string, unknown>> | undefined> {
    const { seal, holds } = this.#options
    const key = `${nameOf(id)} ${name}`
    const text = await holds.kept(key)
    return text === undefined ? undefined : seal.open(key, text)
  }

  ticket(session: DriverSession, subject: string): Promise<string> {
    return this.#token(purposes.ticket(subject), session, ticketSeconds)
  }

  async admit(ticket: string, subject: string): Promise<DriverSession> {
    return this.#find(purposes.ticket(subject), ticket)
  }

  async #tokens(session: DriverSession): Promise<DriverTokens> {
    const [short, master] = await Promise.all([
      this.#token(purposes.session, session, sessionSeconds),
      this.#token(purposes.master, session, masterSeconds),
    ])
    return { session: short, sessionSeconds, master, masterSeconds }
  }

  /** Sealed for the whole life of the session, so that one that is to be renewed is told from one that is not ours. */
  #token(purpose: string, { id, endsAt }: DriverSession, seconds: number): Promise<string> {
    const until = Math.min(this.#options.clock.now() + seconds * 1_000, endsAt)
    return this.#options.seal.seal(purpose, { sid: id, until }, lifeSeconds)
  }

  async #find(purpose: string, token: string): Promise<DriverSession> {
    const { seal, clock } = this.#options
    const claims = await seal.open(purpose, token)
    if (!claims) throw new GatewayError('session_ended')
    const { text: _, ...session } = await this.#kept(String(claims.sid))
    if (clock.now() >= Number(claims.until)) throw new GatewayError('session_expired')
    return session
  }

  /** Rejects with `session_ended`. */
  async #kept(id: string): Promise<DriverSession & { readonly text: string }> {
    const { seal, holds, clock, issuers } = this.#options
    const text = await holds.kept(nameOf(id))
    const kept = text === undefined ? undefined : await seal.open(nameOf(id), text)
    if (text === undefined || !kept) throw new GatewayError('session_ended')
    const { principal, context, endsAt } = kept as unknown as Kept
    if (clock.now() >= endsAt || !issuers().includes(principal.issuer)) throw new GatewayError('session_ended')
    return { id, principal, context, endsAt, text }
  }

  /** `instead` of the text that was read: false where that is not there any more. */
  async #keep({ id, principal, context, endsAt }: DriverSession, instead?: string): Promise<boolean> {
    const { seal, holds } = this.#options
    const text = await seal.seal(nameOf(id), { principal, context, endsAt }, lifeSeconds)
    const owner = principalKey(principal)
    return holds.keep(nameOf(id), text, masterSeconds, { owner, ...(instead === undefined ? {} : { instead }) })
  }
}

/** Where a session is kept, and what its text is sealed for. */
function nameOf(id: string): string {
  return `driver session ${id}`
}
