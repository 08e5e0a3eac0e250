import { connect, type Socket } from 'node:net'
import { firstGateway } from '#test/doors/agent.ts'
import type { Stand } from '#test/stand/stand.ts'

interface Spoken {
  /** 0 where the line was closed without an answer. */
  readonly status: number
  readonly text: string
}

/** Bytes as no client of HTTP would write them, to the first gateway; its first answer, once it has closed the line. */
export async function speak(
  stand: Stand,
  text: string,
  /** What is written later. */
  rest?: (socket: Socket) => Promise<string>,
): Promise<Spoken> {
  const socket = connect(Number(new URL(firstGateway(stand).url).port), '127.0.0.1')
  let said = ''
  socket.setEncoding('utf8').on('data', some => {
    said += some
  })
  socket.on('error', () => {})
  socket.write(text)
  void rest?.(socket).then(more => socket.write(more))
  await new Promise(resolve => socket.once('close', resolve))
  const [, status = '0'] = /^HTTP\/1\.1 (\d{3})/.exec(said) ?? []
  return { status: Number(status), text: said }
}

/** A request of these lines, after which the line is closed. */
export function request(start: string, headers: readonly string[] = [], body = ''): string {
  return [`${start} HTTP/1.1`, 'host: gateway.example', 'connection: close', ...headers, '', body].join('\r\n')
}
