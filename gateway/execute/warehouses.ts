import { nameContext } from '#src/classify/name-context.ts'
import type { ConnectionConfig } from '#src/config/config.ts'
import type { Minter } from '#src/mint/minter.ts'
import type { Connection, Log } from '#src/ports.ts'
import type { Seal } from '../authenticate/seal.ts'
import { createMinter, type GatewayMinter } from '../mint/create-minter.ts'
import { createWarehouse, type WarehouseDeps } from './create-warehouses.ts'
import { SubmittedOnce } from './submitted-once.ts'
import type { CredentialedWarehouse } from './warehouse-sessions.ts'

interface Warehouses {
  readonly minter: Minter
  connection(name: string): Connection | undefined
  connections(): readonly Connection[]
}

interface Open {
  readonly config: ConnectionConfig
  readonly connection: Connection
  readonly warehouse: CredentialedWarehouse
  /** Of the connection as it was configured before: what runs in there goes on, and ends with its credential. */
  readonly earlier: readonly CredentialedWarehouse[]
}

const maxEarlier = 10

/** Minter and warehouses of all configured connections. A connection that is configured anew is opened anew. */
export function openWarehouses(
  config: () => Readonly<Record<string, ConnectionConfig>>,
  seal: Seal,
  log: Pick<Log, 'warn'>,
): Warehouses {
  const open = new Map<string, Open>()
  const submitted = new SubmittedOnce()
  const minter: GatewayMinter = createMinter(config, {
    async onEnd(name, credential) {
      const { warehouse, earlier = [] } = open.get(name) ?? {}
      const ended = await Promise.all([warehouse, ...earlier].map(each => each?.endCredential(credential)))
      const isClosed = !ended.includes(false)
      if (!isClosed)
        log.warn({ detail: `${name}, credential ${credential.id}` }, 'a session could not be ended in the warehouse')
      return isClosed
    },
  })
  const connection = (name: string): Connection | undefined => {
    const wanted = Object.hasOwn(config(), name) ? config()[name] : undefined
    const known = open.get(name)
    if (!wanted) return undefined
    if (known?.config === wanted) return known.connection
    const earlier = known ? [known.warehouse, ...known.earlier] : []
    const opened = { ...openOne(name, wanted, { minter, seal, submitted }), earlier: earlier.slice(0, maxEarlier) }
    open.set(name, opened)
    void earlier[maxEarlier]?.close()
    return opened.connection
  }
  return {
    minter,
    connection,
    connections: () => Object.keys(config()).flatMap(name => connection(name) ?? []),
  }
}

function openOne(name: string, config: ConnectionConfig, deps: WarehouseDeps): Omit<Open, 'earlier'> {
  const warehouse = createWarehouse(name, config, deps)
  const database = config.kind === 'snowflake' ? config.database : config.project
  const schema = config.kind === 'snowflake' ? config.schema : config.dataset
  const connection = {
    name,
    warehouse,
    verify: config.verify ?? 'always',
    ...nameContext({ database, schema }),
    ...(config.kind === 'snowflake' ? { account: config.account } : {}),
    ...(config.kind === 'bigquery' && config.location ? { location: config.location } : {}),
    ...(config.kind === 'snowflake' && config.warehouse ? { virtualWarehouse: config.warehouse } : {}),
  }
  return { config, connection, warehouse }
}
