import type { FastifyReply } from 'fastify'
import { GatewayError } from '#src/errors.ts'
import type { Completed } from '#src/outcome.ts'
import { agentKey, principalKey } from '#src/principal.ts'
import { whenClosed } from './request.ts'

const mebibyte = 1024 * 1024

/**
 * Answers with rows of one principal, and parts of results, that one gateway makes at the same time, or whose clients have not taken them
 * yet; and what each may hold while it is made. Parts have a line of their own, since drivers fetch them by tens.
 */
const kinds = { answers: { most: 8, bytes: 16 * mebibyte }, parts: { most: 16, bytes: 4 * mebibyte } } as const

/** What all of them hold together: beyond it the process would end for everybody. */
const mostBytes = 128 * mebibyte
/** The rest is for agents that hold nothing: clients that take nothing keep no other agent from its rows. */
const mostOfHolders = (mostBytes * 3) / 4

/** So long an answer may take, however many others wait. */
const patienceMilliseconds = 30_000
const lookMilliseconds = 250

interface Turn {
  readonly agent: string
  readonly line: string
  readonly most: number
  /** What it may hold until it is made. */
  readonly bytes: number
  readonly reply: FastifyReply
  readonly begin: () => void
  /** When it began, by `performance.now`. */
  since: number
}

const taken = new Set<Turn>()
const waiting = new Set<Turn>()
/** When each agent that has turns last began one. */
const served = new Map<string, number>()
let timer: NodeJS.Timeout | undefined

/**
 * Resolves when it is the turn of this answer, before any of its rows is read; the turn ends when its client has taken it, or is
 * gone. Rejects with `cancelled` where the client left before.
 */
export async function turnToAnswer(
  { rows, statement: { principal }, result, recorded }: Completed,
  reply: FastifyReply,
  kind: keyof typeof kinds = 'answers',
): Promise<void> {
  if (rows === 0) return
  const { promise, resolve: begin } = Promise.withResolvers<void>()
  const { most } = kinds[kind]
  // What was recorded as Arrow is longer in JSON.
  const bytes = Math.min(2 * recorded.bytes, kinds[kind].bytes)
  const line = `${principalKey(principal)} ${kind}`
  const turn: Turn = { agent: agentKey(principal), line, most, bytes, reply, begin, since: 0 }
  waiting.add(turn)
  whenClosed(reply, () => end(turn))
  beginNext()
  // Read back when its turn comes: hundreds may wait.
  if (waiting.has(turn)) result.letGo?.()
  await promise
  if (reply.raw.closed) throw new GatewayError('cancelled', { detail: 'the client left before its answer was made' })
}

function end(turn: Turn): void {
  taken.delete(turn)
  if (waiting.delete(turn)) turn.begin()
  beginNext()
  if (![...taken, ...waiting].some(({ agent }) => agent === turn.agent)) served.delete(turn.agent)
}

/** Begins what there is room for, and looks again while something waits: how much of an answer was taken is told by nobody. */
function beginNext(): void {
  for (let next = nextTurn(); next; next = nextTurn()) {
    waiting.delete(next)
    taken.add(next)
    next.since = performance.now()
    served.set(next.agent, next.since)
    next.begin()
  }
  if (timer || waiting.size === 0) return
  timer = setTimeout(() => {
    timer = undefined
    giveUpOne()
    beginNext()
  }, lookMilliseconds).unref()
}

/** Of those that there is room for, the first. */
function nextTurn(): Turn | undefined {
  if (waiting.size === 0) return undefined
  const bytes = bytesHeld()
  return inOrder(bytes).find(turn => bytes.all + turn.bytes <= (bytes.of(turn) === 0 ? mostBytes : mostOfHolders))
}

/** What waits for nothing but room: agents that hold least first, of these whose last turn is longest ago. */
function inOrder({ of }: Held): Turn[] {
  const lines = Map.groupBy(taken, ({ line }) => line)
  const before = ({ agent }: Turn) => served.get(agent) ?? 0
  return [...waiting]
    .filter(({ line, most }) => (lines.get(line)?.length ?? 0) < most)
    .sort((one, other) => of(one) - of(other) || before(one) - before(other))
}

/** Where there is no room, the agent that holds most gives back what its client has had longest. */
function giveUpOne(): void {
  const bytes = bytesHeld()
  const [least] = inOrder(bytes)
  const late = performance.now() - patienceMilliseconds
  const [most] = [...taken].filter(({ since }) => since < late).sort((one, other) => bytes.of(other) - bytes.of(one))
  if (least && most && bytes.of(least) < bytes.of(most)) most.reply.raw.destroy()
}

interface Held {
  readonly all: number
  /** By the agent of a turn. */
  of(turn: Turn): number
}

function bytesHeld(): Held {
  const byAgent = new Map<string, number>()
  let all = 0
  for (const turn of taken) {
    const bytes = bytesOf(turn)
    all += bytes
    byAgent.set(turn.agent, (byAgent.get(turn.agent) ?? 0) + bytes)
  }
  return { all, of: ({ agent }) => byAgent.get(agent) ?? 0 }
}

/** Once it is made, what of it has not left. */
function bytesOf({ bytes, reply: { raw } }: Turn): number {
  return Math.max(raw.writableLength, raw.writableEnded ? 0 : bytes)
}
