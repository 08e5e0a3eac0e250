import { understand } from '#src/classify/understand.ts'
import { type Decided, judge } from '#src/decide/judge.ts'
import { GatewayError } from '#src/errors.ts'
import type { BrowsedTable } from '#src/execute/warehouse.ts'
import { maskedColumns } from '#src/mask/mask.ts'
import type { Authenticated } from '#src/pipeline.ts'
import type { Connection, Ports } from '#src/ports.ts'

/**
 * What of a warehouse a principal may look at: tables of which policy would not refuse it every column at once. All else is not
 * there for it. Asking is not recorded, as `explain` is not.
 */
export interface VisibleObjects {
  /** Data sets with a table that may be seen. */
  schemas(principal: Authenticated, connection: string): Promise<readonly string[]>
  /** At most `limit` names, in order, after that one. */
  tables(principal: Authenticated, connection: string, schema: string, page: NamePage): Promise<readonly string[]>
  /** With its columns as they would leave. */
  table(principal: Authenticated, connection: string, schema: string, table: string): Promise<BrowsedTable | undefined>
}

interface NamePage {
  readonly limit: number
  readonly after?: string | undefined
}

/** Of a data set so many tables are tried before it counts as one without any that may be seen. */
const triedTables = 20
const plainTable = /^[\p{L}\p{N}_ -]{1,1024}$/u

export function visibleObjects(ports: Ports): VisibleObjects {
  const browsed = (name: string) => {
    const connection = ports.connection(name)
    if (!connection?.warehouse.browse) throw new GatewayError('unknown_connection')
    return { connection, browse: connection.warehouse.browse }
  }
  const firstVisible = async (
    principal: Authenticated,
    connection: Connection,
    schema: string,
    { names, limit }: { readonly names: readonly string[]; readonly limit: number },
  ) => {
    const visible: string[] = []
    for (const name of names) {
      if (visible.length === limit) break
      if (await isVisible(ports, principal, connection, `${schema}.${name}`)) visible.push(name)
    }
    return visible
  }
  return {
    async schemas(principal, name) {
      const { connection, browse } = browsed(name)
      const visible: string[] = []
      for (const schema of await browse.schemas()) {
        const names = (await browse.tables(schema)).filter(table => plainTable.test(table)).slice(0, triedTables)
        if ((await firstVisible(principal, connection, schema, { names, limit: 1 })).length > 0) visible.push(schema)
      }
      return visible
    },
    async tables(principal, name, schema, { limit, after = '' }) {
      const { connection, browse } = browsed(name)
      const names = (await browse.tables(schema)).filter(table => table > after && plainTable.test(table))
      return firstVisible(principal, connection, schema, { names, limit })
    },
    async table(principal, name, schema, table) {
      const { connection, browse } = browsed(name)
      if (!plainTable.test(table)) return undefined
      const found = await browse.columns(schema, table)
      const decided = found && (await judgeAll(ports, principal, connection, `${schema}.${table}`))
      if (!decided || decided.decision.verdict === 'deny') return undefined
      return { ...found, columns: maskedColumns(decided, found.columns).columns }
    },
  }
}

async function isVisible(...asked: Parameters<typeof judgeAll>): Promise<boolean> {
  return (await judgeAll(...asked)).decision.verdict !== 'deny'
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
