import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/** One address in front of several gateways, as a load balancer is: bytes go to whichever it is set to. */
export interface Switchboard {
  readonly url: string
  /** From the next connection on. */
  to(url: string): void
  /** Cuts every connection, as a network does. */
  cut(): void
  /** Every byte that any client received so far, as text. */
  heard(): string
  close(): Promise<void>
}

export async function startSwitchboard(first: string): Promise<Switchboard> {
  let target = new URL(first)
  const open = new Set<Socket>()
  const heard: Buffer[] = []
  const server = createServer(client => {
    const gateway = connect(Number(target.port), target.hostname)
    gateway.on('data', bytes => heard.push(bytes))
    for (const [one, other] of [
      [client, gateway],
      [gateway, client],
    ] as const) {
      open.add(one)
      one.pipe(other)
      one.on('error', () => other.destroy())
      one.on('close', () => {
        open.delete(one)
        other.destroy()
      })
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const cut = () => {
    for (const socket of open) socket.destroy()
  }
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    to: url => {
      target = new URL(url)
    },
    cut,
    heard: () => Buffer.concat(heard).toString('latin1'),
    async close() {
      cut()
      server.close()
      await once(server, 'close')
    },
  }
}
