import { once } from 'node:events'
import { createServer } from 'node:net'
import { freePort } from '#test/services/free-port.ts'

/** The usual port, or any other where something listens on it already. */
export async function portOrAnother(usual: number): Promise<number> {
  const server = createServer()
  try {
    const listening = once(server, 'listening')
    server.listen(usual, '127.0.0.1')
    await listening
    server.close()
    await once(server, 'close')
    return usual
  } catch {
    return freePort()
  }
}
