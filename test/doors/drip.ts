import { connect, type Socket } from 'node:net'
import type { Stand } from '#test/stand/stand.ts'
import { firstGateway } from './agent.ts'

/** Sends `start`, then a little now and again, until the other side has enough. */
export async function drip(stand: Stand, start: string, drop: string): Promise<{ milliseconds: number; said: string }> {
  const { url } = firstGateway(stand)
  const socket: Socket = connect(Number(new URL(url).port), '127.0.0.1')
  const began = performance.now()
  let said = ''
  socket.on('data', data => {
    said += String(data)
  })
  socket.on('error', () => {})
  socket.write(start)
  const timer = setInterval(() => socket.write(drop), 500)
  await new Promise(resolve => socket.once('close', resolve))
  clearInterval(timer)
  return { milliseconds: performance.now() - began, said }
}
