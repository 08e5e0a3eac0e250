import type { GatewayConfig } from '#src/config/config.ts'
import { loadGatewayConfig } from '#src/config/load.ts'
import { openRecordStore } from '#src/record/open-record-store.ts'
import type { RecordStore } from '#src/record/record-store.ts'
import { CommandError } from './terminal.ts'

/** Works on the record store that the configuration names. Rejects with status 2 where it names none. */
export async function withRecords(
  { config }: { readonly config?: string | undefined },
  work: (records: RecordStore, settings: GatewayConfig) => Promise<number>,
): Promise<number> {
  const file = config ?? process.env.QUERYWARDEN_CONFIG ?? '.querywarden/querywarden.yaml'
  const settings = loadGatewayConfig(file, process.env)
  if (!settings.stores.records) throw new CommandError('The configuration names no record store.', 2)
  const records = await openRecordStore(settings.stores.records)
  try {
    return await work(records, settings)
  } finally {
    await records.close()
  }
}
