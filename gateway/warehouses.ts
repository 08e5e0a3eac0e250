import { nameContext } from '#src/classify/name-context.ts'
import type { ConnectionConfig } from '#src/config/config.ts'
import type { Minter } from '#src/mint/minter.ts'
import type { Connection } from '#src/ports.ts'
import type { Seal } from './authenticate/seal.ts'
import { createWarehouse, type WarehouseDeps } from './execute/create-warehouses.ts'
import type { CredentialedWarehouse } from './execute/warehouse-sessions.ts'
import { createMinter, type GatewayMinter } from './mint/create-minter.ts'

export interface Warehouses {
  readonly minter: Minter
  connection(name: string): Connection | undefined
  connections(): readonly Connection[]
}

interface Open {
  readonly config: ConnectionConfig
  readonly connection: Connection
  readonly warehouse: CredentialedWarehouse
  /** Of the configuration before: what runs there goes on, and ends with its credential. */
  readonly former?: CredentialedWarehouse
}

/** Minter and warehouses of all configured connections. A connection that is configured anew is opened anew. */
export function openWarehouses(config: () => Readonly<Record<string, ConnectionConfig>>, seal: () => Seal): Warehouses {
  const open = new Map<string, Open>()
  const minter: GatewayMinter = createMinter(config, {
    onEnd: async (name, credential) => {
      const { warehouse, former } = open.get(name) ?? {}
      await Promise.all([warehouse?.endCredential(credential), former?.endCredential(credential)])
    },
  })
  const connection = (name: string): Connection | undefined => {
    const wanted = Object.hasOwn(config(), name) ? config()[name] : undefined
    const known = open.get(name)
    if (!wanted) return undefined
    if (known?.config === wanted) return known.connection
    const opened = openOne(name, wanted, { minter, seal })
    open.set(name, known ? { ...opened, former: known.warehouse } : opened)
    void known?.former?.close()
    return opened.connection
  }
  return {
    minter,
    connection,
    connections: () => Object.keys(config()).flatMap(name => connection(name) ?? []),
  }
}

function openOne(name: string, config: ConnectionConfig, deps: WarehouseDeps): Open {
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
