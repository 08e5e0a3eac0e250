import { Server } from 'node:http'

/** Loaded before a process's own program: to its servers a connection stands still for sixty times as long as it does. */
const { setTimeout } = Server.prototype
Server.prototype.setTimeout = function (this: Server, milliseconds: number) {
  return Reflect.apply(setTimeout, this, [milliseconds / 60])
} as typeof setTimeout
