import { GatewayError } from '#src/errors.ts'
import type { KeptSession, TemporaryLookUps, TransactionSessions } from '#src/execute/warehouse.ts'
import type { Credential } from '#src/mint/minter.ts'
import type { Statement } from '#src/statement.ts'
import { transactionOver } from '#src/transaction/transaction.ts'
import type { Seal } from '../authenticate/seal.ts'
import type { OpenSessions } from './open-sessions.ts'
import type { SessionContext, SnowflakeSession } from './snowflake-session.ts'
import { ownLimits } from './snowflake-table.ts'
import type { SessionTokens } from './snowflake-wire/wire-session.ts'

/** The statement that asks for a session. */
interface Beginning {
  readonly statement: SessionContext & Pick<Statement, 'temporary'>
}

/** All that another gateway needs to go on in it. */
interface Held extends SessionTokens, SessionContext {
  /** Snowflake's own number of the transaction: while the session says another, it is over. Absent of one that holds temporary tables. */
  readonly transaction?: string
}

const purpose = 'transaction session'
/** Nobody logs in for longer. */
const lifeSeconds = 12 * 3_600

/**
 * Sessions in Snowflake that hold one transaction each, or temporary tables. Snowflake may end a transaction and keep its session (an operator aborts it;
 * it blocks others and idles), so the session is asked before each statement; with AUTOCOMMIT off, what would come after such an
 * end is committed by nobody.
 */
export class SnowflakeTransactions implements Omit<TransactionSessions, keyof TemporaryLookUps> {
  readonly failureEnds = false
  readonly #sessions: OpenSessions
  readonly #seal: () => Seal

  constructor(sessions: OpenSessions, seal: () => Seal) {
    this.#sessions = sessions
    this.#seal = seal
  }

  async begin({ statement }: Beginning, credential: Credential): Promise<string> {
    const context = contextOf(statement)
    const autocommit = statement.temporary !== undefined
    const session = await this.#sessions.open(credential, { ...context, autocommit })
    try {
      const transaction = autocommit ? {} : { transaction: await begunTransaction(session) }
      return await this.#sealed({ ...session.tokens, ...context, ...transaction })
    } catch (error) {
      await session.close()
      throw error instanceof GatewayError ? error : unavailable(error)
    }
  }

  async end(sealed: string): Promise<void> {
    const held = await this.#opened(sealed)
    if (held) await this.#sessions.resume(held, async () => {}).close()
  }

  /** The session, in its transaction still, with names resolving as in `context`. Rejects with `transaction_over`. */
  async enter({ sealed, changed }: KeptSession, context: SessionContext): Promise<SnowflakeSession> {
    const held = await this.#opened(sealed)
    if (!held) throw transactionOver('its session cannot be opened')
    let now = held
    const keep = async (change: Partial<Held>) => {
      now = { ...now, ...change }
      await changed(await this.#sealed(now))
    }
    const session = this.#sessions.resume(held, keep)
    try {
      if (held.transaction !== undefined && (await currentTransaction(session)) !== held.transaction)
        throw transactionOver('Snowflake has ended it')
      if (!resolvesAs(held, context)) {
        await session.query({ sqlText: useSchema(context), parameters: ownLimits })
        await keep(contextOf(context))
      }
      return session
    } catch (error) {
      if (session.gone) throw transactionOver('its session has ended')
      throw error instanceof GatewayError ? error : unavailable(error)
    }
  }

  #sealed(held: Held): Promise<string> {
    return this.#seal().seal(purpose, { ...held }, lifeSeconds)
  }

  async #opened(sealed: string): Promise<Held | undefined> {
    return (await this.#seal().open(purpose, sealed)) as Held | undefined
  }
}

async function begunTransaction(session: SnowflakeSession): Promise<string> {
  await session.query({ sqlText: 'begin transaction', parameters: ownLimits })
  const transaction = await currentTransaction(session)
  if (transaction === undefined) throw new GatewayError('warehouse_unavailable', { detail: 'no transaction began' })
  return transaction
}

async function currentTransaction(session: SnowflakeSession): Promise<string | undefined> {
  const [row] = await session.query({ sqlText: 'select current_transaction()', parameters: ownLimits })
  const [id] = row ?? []
  return id === null || id === undefined ? undefined : String(id)
}

const contextOf = ({ database, schema }: SessionContext): SessionContext => ({
  ...(database === undefined ? {} : { database }),
  ...(schema === undefined ? {} : { schema }),
})

const resolvesAs = (one: SessionContext, other: SessionContext) =>
  one.database === other.database && one.schema === other.schema

function useSchema({ database, schema }: SessionContext): string {
  const name = [database, schema].map(part => (part && /^[A-Z_][A-Z0-9_$]*$/.test(part) ? `"${part}"` : undefined))
  if (name.includes(undefined)) throw new GatewayError('integrity', { detail: 'names that a session cannot switch to' })
  return `use schema ${name.join('.')}`
}

/** Of what comes before the agent's statement. */
function unavailable(error: unknown): GatewayError {
  const detail = error instanceof Error ? error.message.slice(0, 200) : undefined
  return new GatewayError('warehouse_unavailable', { detail })
}
