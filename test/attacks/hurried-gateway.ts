import { Server } from 'node:http'

/** The gateway, for which a connection stands still sixty times as long as it does. */
const { setTimeout } = Server.prototype
Server.prototype.setTimeout = function (this: Server, milliseconds: number) {
  return Reflect.apply(setTimeout, this, [milliseconds / 60])
} as typeof setTimeout

await import('#gateway/main.ts')
