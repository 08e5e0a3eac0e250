import type snowflake from 'snowflake-sdk'

export type Driver = typeof snowflake

let loaded: Promise<Driver> | undefined

/**
 * The Snowflake driver, loaded when the first Snowflake connection is used and kept quiet: no log files or console lines,
 * no probing of cloud metadata services with whatever identity this machine has, no telemetry of how we connect.
 */
export function snowflakeDriver(): Promise<Driver> {
  loaded ??= load()
  return loaded
}

async function load(): Promise<Driver> {
  // The driver reads these once, while it is being imported; there is no option for them.
  // biome-ignore lint/style/noProcessEnv: set for the driver, not read
  Object.assign(process.env, {
    SNOWFLAKE_DISABLE_PLATFORM_DETECTION: 'true',
    SNOWFLAKE_DISABLE_MINICORE: 'true',
    SF_TELEMETRY_DISABLE_CONNECTION_SHAPE: 'true',
  })
  const { default: driver } = await import('snowflake-sdk')
  driver.configure({
    logLevel: 'OFF',
    customLogger: { error() {}, warn() {}, info() {}, debug() {}, trace() {} },
    // As every Snowflake driver does: a certificate said to be revoked is refused, an unreachable responder is not.
    disableOCSPChecks: false,
    ocspFailOpen: true,
    // The default falls back to evaluating a VARIANT as program text. Values never get this far; this is the second lock.
    jsonColumnVariantParser: (text: string) => text,
    xmlColumnVariantParser: (text: string) => text,
  })
  return driver
}
