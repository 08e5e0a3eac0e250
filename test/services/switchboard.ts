import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { Transform } from 'node:stream'

/** What a network takes away: a statement on its way, its answer, or the answer from its middle on. */
export type Loss = 'request' | 'answer' | 'rest of the answer'

/** One address in front of several gateways, as a load balancer is: bytes go to whichever it is set to. */
export interface Switchboard {
  readonly url: string
  /** From the next connection on. */
  to(url: string): void
  /** Cuts every connection, as a network does. */
  cut(): void
  /** The next of these is lost, and its connection is cut. Resolves when that has happened. */
  lose(loss: Loss): Promise<void>
  /** Resolves when so many requests whose head matches came since the start. */
  requests(head: RegExp, count: number): Promise<void>
  /** Every byte that any client received so far, as text. */
  heard(): string
  close(): Promise<void>
}

/** A statement as drivers send it: its request, or the long poll that goes on with it. */
const statement = /^POST \/queries\/v1\/query-request\b/
const ofStatement = /^(?:POST \/queries\/v1\/query-request|GET \/queries\/[^ ]+\/result)\b/

interface Losing {
  readonly loss: Loss
  readonly done: () => void
}

interface Awaited {
  readonly head: RegExp
  left: number
  readonly arrived: () => void
}

export async function startSwitchboard(first: string): Promise<Switchboard> {
  let target = new URL(first)
  let losing: Losing | undefined
  const open = new Set<Socket>()
  const heard: Buffer[] = []
  const heads: string[] = []
  const awaited: Awaited[] = []

  const lost = (loss: Loss, ends: readonly Socket[]): boolean => {
    if (losing?.loss !== loss) return false
    losing.done()
    losing = undefined
    for (const end of ends) end.destroy()
    return true
  }
  const server = createServer(client => {
    const gateway = connect(Number(target.port), target.hostname)
    const ends = [client, gateway]
    let asked = ''
    const there = passing(bytes => {
      const head = bytes.subarray(0, 256).toString('latin1')
      if (/^[A-Z]+ \//.test(head)) {
        asked = head
        heads.push(head)
        for (const each of awaited) if (each.head.test(head) && --each.left === 0) each.arrived()
      }
      return statement.test(head) && lost('request', ends) ? undefined : bytes
    })
    const back = passing(bytes => {
      const answers = ofStatement.test(asked)
      if (answers && lost('answer', ends)) return undefined
      if (answers && losing?.loss === 'rest of the answer') {
        const half = bytes.subarray(0, bytes.length / 2)
        heard.push(half)
        client.write(half, () => lost('rest of the answer', ends))
        return undefined
      }
      heard.push(bytes)
      return bytes
    })
    client.pipe(there).pipe(gateway)
    gateway.pipe(back).pipe(client)
    for (const [one, other] of [ends, ends.toReversed()] as [Socket, Socket][]) {
      open.add(one)
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
    lose: loss =>
      new Promise(done => {
        losing = { loss, done }
      }),
    requests(head, count) {
      const left = count - heads.filter(each => head.test(each)).length
      if (left <= 0) return Promise.resolve()
      return new Promise(arrived => awaited.push({ head, left, arrived }))
    },
    heard: () => Buffer.concat(heard).toString('latin1'),
    async close() {
      cut()
      server.close()
      await once(server, 'close')
    },
  }
}

/** Passes on what `see` makes of the bytes; nothing where it keeps them. */
function passing(see: (bytes: Buffer) => Buffer | undefined): Transform {
  return new Transform({
    transform: (bytes: Buffer, _encoding, done) => done(null, see(bytes)),
  })
}
