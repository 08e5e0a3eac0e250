import type { BotConfig, GatewayConfig } from './config.ts'
import { keepUnchanged } from './keep-unchanged.ts'

type Reads<T> = Readonly<Record<string, (config: T) => unknown>>

/** What the gateway reads when it starts and never again, by the setting's path. Everything else takes effect as it changes. */
export const gatewayReadsAtStart: Reads<GatewayConfig> = {
  'gateway.host': ({ gateway }) => gateway.host,
  'gateway.port': ({ gateway }) => gateway.port,
  'gateway.url': ({ gateway }) => gateway.url,
  'gateway.maxSqlBytes': ({ gateway }) => gateway.maxSqlBytes,
  'gateway.judges': ({ gateway }) => gateway.judges,
  'gateway.warmUp': ({ gateway }) => gateway.warmUp,
  'stores.holds': ({ stores }) => stores.holds,
  'stores.records': ({ stores }) => stores.records,
  'stores.recordings': ({ stores }) => stores.recordings,
  // With another key nothing that waits is genuine any more, and grants and sessions of drivers are over.
  'keys.holds': ({ keys }) => keys.holds,
  'console.url': ({ console }) => console && new URL(console.url).pathname,
}

/** The bot makes itself anew on every change, but for this: the gateway takes requests that are made out to its URL at the start. */
export const botReadsAtStart: Reads<BotConfig> = {
  'gateway.url': ({ gateway }) => gateway.audience,
  'stores.holds': ({ stores }) => stores.holds,
}

/** The settings of `reads` that say something else than at the start: it counts from the next one on. */
export function waitForRestart<T>(reads: Reads<T>, started: T, now: T): string[] {
  const isSame = (before: unknown, after: unknown) => keepUnchanged(before, after) === before
  return Object.entries(reads).flatMap(([path, read]) => (isSame(read(started), read(now)) ? [] : [path]))
}
