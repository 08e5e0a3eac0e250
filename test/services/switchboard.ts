import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { Transform } from 'node:stream'

/** What a network takes away: a statement on its way, its answer, or the answer from its middle on. */
type Loss = 'request' | 'answer' | 'rest of the answer'

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
  /** Every byte that any client received so far, as text, one connection after the other. */
  heard(): string
  close(): Promise<void>
}

/** A statement as drivers send it: its request, or the long poll that goes on with it. */
const statement = /^POST (?:\/queries\/v1\/query-request|\/api\/v2\/statements)\?/
const ofStatement =
  /^(?:POST \/queries\/v1\/query-request\?|GET \/queries\/[^ ]+\/result\b|\w+ \/api\/v2\/statements\b)/

/** What is to be lost next, and who waits for that. */
class Losses {
  #next: { readonly loss: Loss; readonly done: () => void } | undefined

  add(loss: Loss): Promise<void> {
    return new Promise(done => {
      this.#next = { loss, done }
    })
  }

  isNext(loss: Loss): boolean {
    return this.#next?.loss === loss
  }

  /** Whether it was to be lost: its connection is cut then. */
  take(loss: Loss, ends: readonly Socket[]): boolean {
    if (this.#next?.loss !== loss) return false
    this.#next.done()
    this.#next = undefined
    for (const end of ends) end.destroy()
    return true
  }
}

/** The heads of all requests so far, and who waits for more of them. */
class Heads {
  readonly #all: string[] = []
  readonly #awaited: { readonly head: RegExp; left: number; readonly arrived: () => void }[] = []

  add(head: string): void {
    this.#all.push(head)
    for (const each of this.#awaited) if (each.head.test(head) && --each.left === 0) each.arrived()
  }

  wait(head: RegExp, count: number): Promise<void> {
    const left = count - this.#all.filter(each => head.test(each)).length
    if (left <= 0) return Promise.resolve()
    return new Promise(arrived => this.#awaited.push({ head, left, arrived }))
  }
}

interface Watch {
  readonly losses: Losses
  readonly heads: Heads
  /** By connection: between the bytes of two a value would be torn, or made that nobody sent. */
  readonly heard: Buffer[][]
}

/** Passes bytes between a client and a gateway, but for what is to be lost. */
function join(client: Socket, gateway: Socket, { losses, heads, heard }: Watch): void {
  const ends = [client, gateway]
  let asked = ''
  const received: Buffer[] = []
  heard.push(received)
  const there = passing(bytes => {
    const head = bytes.subarray(0, 256).toString('latin1')
    if (/^[A-Z]+ \//.test(head)) {
      asked = head
      heads.add(head)
    }
    return statement.test(head) && losses.take('request', ends) ? undefined : bytes
  })
  const back = passing(bytes => {
    const answers = ofStatement.test(asked)
    if (answers && losses.take('answer', ends)) return undefined
    if (answers && losses.isNext('rest of the answer')) {
      const half = bytes.subarray(0, bytes.length / 2)
      received.push(half)
      client.write(half, () => losses.take('rest of the answer', ends))
      return undefined
    }
    received.push(bytes)
    return bytes
  })
  client.pipe(there).pipe(gateway)
  gateway.pipe(back).pipe(client)
}

export async function startSwitchboard(first: string): Promise<Switchboard> {
  let target = new URL(first)
  const open = new Set<Socket>()
  const watch: Watch = { losses: new Losses(), heads: new Heads(), heard: [] }
  const server = createServer(client => {
    const gateway = connect(Number(target.port), target.hostname)
    join(client, gateway, watch)
    for (const [one, other] of [
      [client, gateway],
      [gateway, client],
    ] as const) {
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
    lose: loss => watch.losses.add(loss),
    requests: (head, count) => watch.heads.wait(head, count),
    heard: () => watch.heard.map(received => Buffer.concat(received).toString('latin1')).join('\n'),
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
