import { understand } from '#src/classify/understand.ts'
import { type Decided, judge } from '#src/decide/judge.ts'
import { GatewayError } from '#src/errors.ts'
import type { BrowsedName, BrowsedTable } from '#src/execute/warehouse.ts'
import { maskedColumns } from '#src/mask/mask.ts'
import type { Authenticated } from '#src/pipeline.ts'
import type { Connection, Ports } from '#src/ports.ts'
import { principalKey } from '#src/principal.ts'
import { canonicalJson } from '#src/statement.ts'
import { createSeal } from '../authenticate/seal.ts'
import { type PageEnd, pageOfVisible } from './visible-page.ts'

/** Who looks around, and where. */
export interface Looking {
  readonly principal: Authenticated
  readonly connection: string
  /** Ends it. */
  readonly signal: AbortSignal
}

export interface PageAsked {
  /** At most so many names. */
  readonly limit: number
  /** As the page before it said. Absent: from the first name on. */
  readonly token?: string | undefined
}

export interface NamePage<Item> {
  readonly found: readonly Item[]
  /** Of the next page, sealed for who asked. Absent where none is left. A page may have few or none, and others come after it. */
  readonly token?: string
}

/**
 * What of a warehouse a principal may look at: tables of which policy would not refuse it every column at once. All else is not
 * there for it. Asking is not recorded, as `explain` is not.
 */
export interface VisibleObjects {
  /** Data sets with a table that may be seen. */
  schemas(looking: Looking, page: PageAsked): Promise<NamePage<string>>
  tables(looking: Looking, schema: string, page: PageAsked): Promise<NamePage<BrowsedName>>
  /** With its columns as they would leave. */
  table(looking: Looking, schema: string, table: string): Promise<BrowsedTable | undefined>
}

/** How long a page token is good for. */
const tokenSeconds = 24 * 3_600
/** Of a data set so many tables are tried before it counts as one without any that may be seen. */
const triedTables = 20
/** For one page: each may cost a question to the warehouse, and a judgement. */
const triedNames = 500
/** A data set with none among so many is not there: that it goes on behind them would tell that it is. */
const triedUnseen = 2_000
const plainTable = /^[\p{L}\p{N}_ -]{1,1024}$/u

export function visibleObjects(ports: Ports): VisibleObjects {
  const pages = pageTokens(ports)
  const browsed = (name: string) => {
    const connection = ports.connection(name)
    if (!connection?.warehouse.browse) throw new GatewayError('unknown_connection')
    return { connection, browse: connection.warehouse.browse }
  }
  return {
    async schemas(looking, page) {
      const { connection, browse } = browsed(looking.connection)
      const hasVisible = async (schema: string) => {
        const names = (await browse.tables(schema)).map(({ name }) => name).filter(name => plainTable.test(name))
        const tables = (some: readonly string[]) => visibleTables(ports, looking, connection, schema, some)
        const first = { limit: 1, tries: triedTables, signal: looking.signal }
        return (await pageOfVisible(names, name => name, first, tables)).found.length > 0
      }
      const each = (schemas: readonly string[]) => Promise.all(schemas.map(hasVisible))
      const list = listOf(looking)
      const tries = Math.ceil(triedNames / triedTables)
      const asked = { limit: page.limit, after: await pages.endIn(list, page), tries, signal: looking.signal }
      const { found, end } = await pageOfVisible(await browse.schemas(), name => name, asked, each)
      return { found, ...(await pages.tokenOf(list, end)) }
    },
    async tables(looking, schema, page) {
      const { connection, browse } = browsed(looking.connection)
      const tables = (await browse.tables(schema)).filter(({ name }) => plainTable.test(name))
      const nameOf = ({ name }: BrowsedName) => name
      const visible = (some: readonly BrowsedName[]) =>
        visibleTables(ports, looking, connection, schema, some.map(nameOf))
      const list = listOf(looking, schema)
      const bounds = { limit: page.limit, tries: triedNames, triesUnseen: triedUnseen, signal: looking.signal }
      const asked = { ...bounds, after: await pages.endIn(list, page) }
      const { found, end } = await pageOfVisible(tables, nameOf, asked, visible)
      return { found, ...(await pages.tokenOf(list, end)) }
    },
    async table({ principal, connection: name }, schema, table) {
      const { connection, browse } = browsed(name)
      if (!plainTable.test(table)) return undefined
      // Both as they are now: remembered ones may be from before it had its last column.
      const [found] = await Promise.all([
        browse.columns(schema, table),
        connection.warehouse.catalog.fresh([`${connection.database}.${schema}.${table}`]),
      ])
      const decided = found && (await judgeAll(ports, principal, connection, `${schema}.${table}`))
      if (!decided || decided.decision.verdict === 'deny') return undefined
      return { ...found, columns: maskedColumns(decided, found.columns).columns }
    },
  }
}

/** One of the lists that a principal may ask for: a token is good for the one that it was given with. */
const listOf = ({ principal, connection }: Looking, schema = '') =>
  canonicalJson([principalKey(principal), connection, schema])

/** Where a page ended, as its client keeps it until it asks for the next one. */
function pageTokens({ holdKey }: Pick<Ports, 'holdKey'>) {
  const seal = createSeal(holdKey, 'page tokens')
  return {
    /** Rejects with `invalid_request`. */
    async endIn(list: string, { token }: PageAsked): Promise<PageEnd | undefined> {
      if (!token) return undefined
      const end = await seal.open(list, token)
      if (!end) throw new GatewayError('invalid_request', { message: 'The page token is none of this list.' })
      return { name: String(end.name), passed: Number(end.passed) }
    },
    /** As long for one that was passed over as for a million. */
    async tokenOf(list: string, end: PageEnd | undefined): Promise<{ readonly token?: string }> {
      if (!end) return {}
      const sealed = { name: end.name, passed: String(end.passed).padStart(9, '0') }
      return { token: await seal.seal(list, sealed, tokenSeconds) }
    },
  }
}

/** Which of these policy lets it see. The warehouse is asked for all of them at once. */
async function visibleTables(
  ports: Ports,
  { principal }: Looking,
  connection: Connection,
  schema: string,
  names: readonly string[],
): Promise<boolean[]> {
  await connection.warehouse.catalog.objects(names.map(name => `${connection.database}.${schema}.${name}`))
  const judged = names.map(name => judgeAll(ports, principal, connection, `${schema}.${name}`))
  return (await Promise.all(judged)).map(({ decision }) => decision.verdict !== 'deny')
}

/** Every column of a table at once. */
async function judgeAll(
  ports: Ports,
  principal: Authenticated,
  connection: Connection,
  name: string,
): Promise<Decided> {
  const sql = `select * from \`${connection.database}.${name}\``
  const classified = await understand(ports, { connection: connection.name, sql, door: 'bigquery' }, principal)
  return judge(ports, classified, 'without estimate')
}
