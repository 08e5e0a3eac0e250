import type { Warehouse } from '#src/execute/warehouse.ts'
import type { Credential } from '#src/mint/minter.ts'
import type { Seal } from '../authenticate/seal.ts'

/** A warehouse that can be told that a credential has ended: it closes what it keeps open under it. */
export interface CredentialedWarehouse extends Warehouse {
  /** False where something stays open under it. Never rejects. */
  endCredential(credential: Credential): Promise<boolean>
}

/** What every warehouse is made with, beside its connection. */
export interface WarehouseParts {
  readonly reader: ReaderCredentials
  /** Of sessions that are kept in the record store. */
  readonly seal: Seal
  /** How long a cancelled statement may take to say so before its outcome is unknown. */
  readonly cancelGraceMilliseconds?: number
  /** Before each further attempt where an answer was lost. */
  readonly pausesMilliseconds?: readonly number[]
}

/** Credentials of the connection's reader role, for estimates and the catalog. Each one taken is given back. */
export interface ReaderCredentials {
  mint(): Promise<Credential>
  end(credential: Credential): Promise<unknown>
}

export async function asReader<T>(reader: ReaderCredentials, use: (credential: Credential) => Promise<T>): Promise<T> {
  const credential = await reader.mint()
  try {
    return await use(credential)
  } finally {
    await reader.end(credential)
  }
}
