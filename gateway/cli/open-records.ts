import { existsSync } from 'node:fs'
import type { RecordsConfig } from '#src/config/config.ts'
import { loadRecordsConfig } from '#src/config/load.ts'
import { needed } from '#src/error-sentence.ts'
import { openRecordStore } from '#src/record/open-record-store.ts'
import type { RecordStore } from '#src/record/record-store.ts'
import { CommandError, complain } from './terminal.ts'

const usual = '.querywarden/querywarden.yaml'

/** The configuration: the one given, else that of the environment, else the usual one. */
export function configFile(given: string | undefined): string {
  const file = given ?? (process.env.QUERYWARDEN_CONFIG || undefined)
  if (file === undefined && !existsSync(usual))
    throw new CommandError(`No configuration: give --config FILE or QUERYWARDEN_CONFIG (there is no ${usual} here).`, 2)
  return file ?? usual
}

/** Works on the record store that the configuration names. */
export async function withRecords(
  { config }: { readonly config?: string | undefined },
  work: (records: RecordStore, settings: RecordsConfig) => Promise<number>,
): Promise<number> {
  const settings = loadRecordsConfig(configFile(config), process.env)
  const records = await needed('stores.records', openRecordStore(settings.stores.records, complain))
  try {
    return await work(records, settings)
  } finally {
    await records.close()
  }
}
