import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:net'

/**
 * A loopback port that nobody listens on at this moment; below those that the system gives to connections and to whoever listens
 * on port 0, which would take it before the program does that it is for; above the last that `fetch` refuses to ask, which is 10080
 * (Fetch Standard, "port blocking").
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(10_081, 32_768)
    const server = createServer().listen(port, '127.0.0.1')
    const free = await once(server, 'listening').catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EADDRINUSE') throw error
    })
    if (!free) continue
    server.close()
    await once(server, 'close')
    return port
  }
}
