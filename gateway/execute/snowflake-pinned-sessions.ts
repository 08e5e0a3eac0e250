import { nameContext } from '#src/classify/name-context.ts'
import { GatewayError } from '#src/errors.ts'
import type { KeptSession, PinnedSessions, TemporaryLookUps } from '#src/execute/warehouse.ts'
import type { Credential } from '#src/mint/minter.ts'
import { transactionOver } from '#src/pinned/transaction.ts'
import type { Statement } from '#src/statement.ts'
import type { Seal } from '../authenticate/seal.ts'
import type { OpenSessions } from './open-sessions.ts'
import { ownLimits } from './snowflake-parameters.ts'
import type { SessionContext, SnowflakeSession } from './snowflake-session.ts'
import { quoted } from './snowflake-table.ts'
import { Refusal } from './snowflake-wire/wire-errors.ts'
import type { SessionTokens } from './snowflake-wire/wire-session.ts'

/** The statement that asks for a session. */
interface Beginning {
  readonly statement: SessionContext & Pick<Statement, 'temporary'>
}

/** All that another gateway needs to go on in it. */
interface Held extends SessionTokens {
  /** Snowflake's own number of the transaction: while the session says another, it is over. Absent of one that holds temporary tables. */
  readonly transaction?: string
}

const purpose = 'transaction session'
/** Nobody logs in for longer. */
const lifeSeconds = 12 * 3_600

/**
 * Snowflake may end a transaction and keep its session (an operator aborts it; it blocks others and idles), so the session is asked
 * before each statement; with AUTOCOMMIT off, what would come after such an end is committed by nobody.
 */
export class SnowflakePinnedSessions implements Omit<PinnedSessions, keyof TemporaryLookUps> {
  readonly failureEnds = false
  readonly #sessions: OpenSessions
  readonly #seal: Seal

  constructor(sessions: OpenSessions, seal: Seal) {
    this.#sessions = sessions
    this.#seal = seal
  }

  async begin({ statement }: Beginning, credential: Credential): Promise<string> {
    const autocommit = statement.temporary !== undefined
    const session = await this.#sessions.open(credential, { ...statement, autocommit })
    try {
      const transaction = autocommit ? {} : { transaction: await begunTransaction(session) }
      return await this.#sealed({ ...session.tokens, ...transaction })
    } catch (error) {
      await session.close()
      throw error instanceof GatewayError ? error : unavailable(error)
    }
  }

  async end(sealed: string): Promise<boolean> {
    const held = await this.#opened(sealed)
    if (!held) return false
    if (await this.#sessions.resume(held, async () => {}).close()) return true
    throw new GatewayError('warehouse_unavailable', { detail: 'Snowflake did not say that the session has ended' })
  }

  /** The session, in its transaction still, with names resolving as in `context`. Rejects with `transaction_over`. */
  async enter({ sealed, changed }: KeptSession, context: SessionContext): Promise<SnowflakeSession> {
    const held = await this.#opened(sealed)
    if (!held) throw transactionOver('its session cannot be opened')
    const session = this.#sessions.resume(held, async tokens => changed(await this.#sealed({ ...held, ...tokens })))
    try {
      const now = await stateOf(session)
      if (held.transaction !== undefined && now.transaction !== held.transaction)
        throw transactionOver('Snowflake has ended it')
      await useSchema(session, now, context)
      return session
    } catch (error) {
      if (session.gone) throw transactionOver('its session has ended')
      throw error instanceof GatewayError ? error : unavailable(error)
    }
  }

  #sealed(held: Held): Promise<string> {
    return this.#seal.seal(purpose, { ...held }, lifeSeconds)
  }

  async #opened(sealed: string): Promise<Held | undefined> {
    return (await this.#seal.open(purpose, sealed)) as Held | undefined
  }
}

async function begunTransaction(session: SnowflakeSession): Promise<string> {
  await session.query({ sqlText: 'begin transaction', parameters: ownLimits })
  const { transaction } = await stateOf(session)
  if (transaction === undefined) throw new GatewayError('warehouse_unavailable', { detail: 'no transaction began' })
  return transaction
}

/** As Snowflake has it: what a statement of ours was to make of it may have happened though nobody heard of that. */
async function stateOf(session: SnowflakeSession): Promise<SessionContext & { readonly transaction?: string }> {
  const sqlText = 'select current_transaction(), current_database(), current_schema()'
  const [row = []] = await session.query({ sqlText, parameters: ownLimits })
  const [transaction, database, schema] = row.map(cell => (cell === null ? undefined : String(cell)))
  return { ...(transaction === undefined ? {} : { transaction }), ...nameContext({ database, schema }) }
}

/** Lets names mean what they were judged as. Where that is refused and nothing is in use, they mean nothing, and so no other table. */
async function useSchema(session: SnowflakeSession, now: SessionContext, wanted: SessionContext): Promise<void> {
  const parts = (['database', 'schema'] as const).filter(part => wanted[part] !== undefined)
  const others = parts.filter(part => now[part] === undefined || quoted(now[part]) !== identifier(wanted[part] ?? ''))
  if (others.length === 0) return
  const { database, schema } = wanted
  if (database === undefined || schema === undefined)
    throw new GatewayError('integrity', { detail: 'names that a session cannot switch to' })
  const sqlText = `use schema ${identifier(database)}.${identifier(schema)}`
  await session.query({ sqlText, parameters: ownLimits }).catch((error: unknown) => {
    if (!(error instanceof Refusal) || others.some(part => now[part] !== undefined)) throw error
  })
}

/** As a login takes it: in upper case, unless it is quoted already. */
function identifier(name: string): string {
  return /^"(?:[^"]|"")+"$/.test(name) ? name : quoted(name.toUpperCase())
}

/** Of what comes before the agent's statement. */
function unavailable(error: unknown): GatewayError {
  const detail = error instanceof Error ? error.message.slice(0, 200) : undefined
  return new GatewayError('warehouse_unavailable', { detail })
}
