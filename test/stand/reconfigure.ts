import { readFileSync, writeFileSync } from 'node:fs'
import { parse, stringify } from 'yaml'
import { until } from '#test/chaos/until.ts'
import type { Stand } from './stand.ts'

export interface StandConfig {
  readonly identity: { people: { name: string }[] }
  readonly gateway: Record<string, unknown>
  readonly connections: Record<string, Record<string, unknown>>
  readonly keys: Record<string, unknown>
  console?: object
  policy: { file: string }
}

/** Changes the configuration of a stand's first gateway; resolves once that has it. */
export async function reconfigure({ config, gateways }: Stand, change: (file: StandConfig) => void): Promise<void> {
  const file = parse(readFileSync(config, 'utf8')) as StandConfig
  change(file)
  const reloads = () => gateways[0]?.log().split('configuration reloaded').length ?? 0
  const before = reloads()
  writeFileSync(config, stringify(file, { aliasDuplicateObjects: false }))
  await until(async () => reloads() > before, 'the new configuration')
}
