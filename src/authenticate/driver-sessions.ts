import type { Principal } from '../principal.ts'

/** The transaction that a driver's statements are part of, by the id that it has once one of them writes. */
export interface DriverTransaction {
  readonly id: string
  /** After its end the next one begins. */
  readonly always?: true
}

/** What a driver set in its session, and what therefore goes with its statements. */
export interface DriverContext {
  readonly connection: string
  readonly database?: string
  readonly schema?: string
  readonly parameters: Readonly<Record<string, string | number | boolean>>
  /** The agent's own words. */
  readonly purpose?: string
  /** What its statements are part of: since BEGIN, or always, where AUTOCOMMIT is off. Absent: each is committed by itself. */
  readonly transaction?: DriverTransaction
  /** Its temporary tables, by the id of the session in the warehouse that holds them; absent: it has asked for none. */
  readonly temporary?: string
  /** How the driver wants to read rows; JSON where absent. Says nothing of what a statement means. */
  readonly resultFormat?: 'json' | 'arrow'
  /** How many statements its texts hold; 0 for any number, 1 where absent. */
  readonly statementCount?: number
}

/** One login of a driver: who it is, and how its statements are read. Outlives this process; any gateway serves it. */
export interface DriverSession<P extends Principal = Principal> {
  /** A UUID. */
  readonly id: string
  readonly principal: P
  readonly context: DriverContext
  /** Nobody renews it beyond; milliseconds since the epoch. */
  readonly endsAt: number
}

/** What the driver shows from now on: `session` with each request, `master` for a new pair. Opaque to it. */
export interface DriverTokens {
  readonly session: string
  readonly sessionSeconds: number
  readonly master: string
  readonly masterSeconds: number
}

/**
 * Sessions of drivers that log in once. Every method rejects with `holds_unavailable` where they cannot be looked up; those that keep
 * something with `too_many` where one principal would keep too much; those
 * that take a token with `session_expired` where it is to be renewed, and with `session_ended` where it is none of ours, the
 * session was ended anywhere, or its issuer is not trusted any more.
 */
export interface DriverSessions {
  open(principal: Principal, context: DriverContext): Promise<{ session: DriverSession; tokens: DriverTokens }>
  resume(token: string): Promise<DriverSession>
  renew(masterToken: string): Promise<{ session: DriverSession; tokens: DriverTokens }>
  /**
   * Changes the context as it is now, whoever has changed it since `session` was read; resolves to what it is from then on. `to` may be
   * called more than once, and rejects by throwing.
   */
  change(session: DriverSession, to: (now: DriverContext) => DriverContext): Promise<DriverContext>
  end(session: DriverSession): Promise<void>
  /** For one thing of this session, for six hours of its life, where its token cannot be shown. */
  ticket(session: DriverSession, subject: string): Promise<string>
  /**
   * Keeps something of this session under a name, for as long as the session may live, in place of what was there; with `unless`, not in
   * place of what that is true of, whoever put it there meanwhile.
   */
  remember(
    session: Pick<DriverSession, 'id' | 'principal'>,
    name: string,
    value: Readonly<Record<string, unknown>>,
    unless?: (now: Readonly<Record<string, unknown>>) => boolean,
  ): Promise<void>
  recall(session: Pick<DriverSession, 'id'>, name: string): Promise<Readonly<Record<string, unknown>> | undefined>
  /** The session that has this ticket for `subject`. */
  admit(ticket: string, subject: string): Promise<DriverSession>
}
