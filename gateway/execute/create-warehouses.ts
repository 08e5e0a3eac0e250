import type { ConnectionConfig } from '#src/config/config.ts'
import type { Credential } from '#src/mint/minter.ts'
import { bigqueryWarehouse } from './bigquery.ts'
import { snowflakeWarehouse } from './snowflake.ts'
import { SubmittedOnce } from './submitted-once.ts'
import type { CredentialedWarehouse, WarehouseParts } from './warehouse-sessions.ts'

export interface WarehouseDeps extends Omit<WarehouseParts, 'reader'> {
  /** As `createMinter` answers it. */
  readonly minter: {
    mintReader(connection: string): Promise<Credential>
    mintEnder(connection: string, role: string, agent: string): Promise<Credential>
    end(credential: Credential): Promise<unknown>
  }
  /** What this process has submitted, where a connection may be opened more than once. */
  readonly submitted?: SubmittedOnce
}

/** The warehouse of one configured connection. Its credentials come from `mint`; it holds none of its own. */
export function createWarehouse(
  name: string,
  connection: ConnectionConfig,
  deps: WarehouseDeps,
): CredentialedWarehouse {
  const { minter, seal, submitted = new SubmittedOnce(), ...rest } = deps
  const end = (credential: Credential) => minter.end(credential)
  const reader = { mint: () => minter.mintReader(name), end }
  const ender = (role: string, agent: string) => ({ mint: () => minter.mintEnder(name, role, agent), end })
  return connection.kind === 'snowflake'
    ? snowflakeWarehouse(connection, { reader, seal, submitted, ...rest })
    : bigqueryWarehouse(connection, { reader, ender, seal, ...rest })
}
