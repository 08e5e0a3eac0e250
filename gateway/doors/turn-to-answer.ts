import type { FastifyReply } from 'fastify'
import { GatewayError } from '#src/errors.ts'
import type { Completed } from '#src/outcome.ts'
import { principalKey } from '#src/principal.ts'
import { whenClosed } from './request.ts'

/**
 * Answers with rows of one principal, and parts of results, that one gateway makes at the same time, or whose clients have not taken them
 * yet. Each is megabytes, several times over while it is made: hundreds at once would end the process for everybody. Parts have a line of
 * their own, since drivers fetch them by tens.
 */
const mostAtOnce = { answers: 8, parts: 16 } as const

interface Line {
  taken: number
  /** First come, first served. */
  readonly waiting: (() => void)[]
}

const lines = new Map<string, Line>()

/**
 * Resolves when it is the turn of this answer, before any of its rows is read; the turn ends when its client has taken it, or is
 * gone. Rejects with `cancelled` where the client left before.
 */
export async function turnToAnswer(
  { rows, statement }: Completed,
  reply: FastifyReply,
  what: keyof typeof mostAtOnce = 'answers',
): Promise<void> {
  if (rows === 0) return
  const key = `${principalKey(statement.principal)} ${what}`
  const line = lines.get(key) ?? { taken: 0, waiting: [] }
  lines.set(key, line)
  if (line.taken < mostAtOnce[what]) line.taken += 1
  else await new Promise<void>(resolve => line.waiting.push(resolve))
  const isGone = reply.raw.closed
  whenClosed(reply, () => pass(key, line))
  if (isGone) throw new GatewayError('cancelled', { detail: 'the client left before its answer was made' })
}

function pass(key: string, line: Line): void {
  const next = line.waiting.shift()
  if (next) next()
  else line.taken -= 1
  if (line.taken === 0) lines.delete(key)
}
