import { after, before } from 'node:test'
import type { Connection } from 'snowflake-sdk'
import { type Stand, standPolicy, startStand } from '#test/stand/stand.ts'
import { login, logout } from './driver.ts'
import { tokenFor } from './raw.ts'

/** There from the first test on. */
interface DriverStand {
  readonly stand: Stand
  readonly connection: Connection
  /** Of a session beside the driver's, for requests that no driver sends. */
  readonly token: string
}

/** For the tests of the suite that calls it: a small stand with one rule more, and a driver that is logged in. */
export function driverStand(rule: string): DriverStand {
  const started = {} as { -readonly [Part in keyof DriverStand]: DriverStand[Part] }
  before(async () => {
    started.stand = await startStand({ sizes: { customers: 20, orders: 50 }, policy: `${standPolicy}${rule}` })
    started.connection = await login(started.stand)
    started.token = await tokenFor(started.stand)
  })
  after(async () => {
    await logout(started.connection)
    await started.stand.stop()
  })
  return started
}
