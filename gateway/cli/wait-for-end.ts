import { setTimeout as delay } from 'node:timers/promises'
import { approversName, stageOf } from '#src/decide/approvers.ts'
import type { SessionId } from '#src/statement.ts'
import type { Answer, GatewayClient } from './gateway-client.ts'
import { CommandError, clockTime, WaitingLine } from './terminal.ts'

const waitSeconds = 20
/** A gateway that is started again, or its identity provider, is back before that. */
const patienceMilliseconds = 120_000
const pauseMilliseconds = 1_000

/** Whether there will be another answer. */
export function isUnderWay({ status }: Answer): boolean {
  return status === 'pending_approval' || status === 'running'
}

/** Asks until the statement has ended, and shows meanwhile on standard error what it waits for. */
export async function waitForEnd(
  client: Pick<GatewayClient, 'wait'>,
  first: Answer,
  patience = patienceMilliseconds,
): Promise<Answer> {
  const id = first.request_id ?? ''
  const line = new WaitingLine()
  const since = Date.now()
  let answer = first
  let trouble: string | undefined
  const show = (always = false) =>
    line.show(`  ${trouble ?? waitingText(answer, Date.now() - since)}   session ${id}`, always)
  const unanswered = (message: string) => {
    if (trouble === message) return
    trouble = message
    show(true)
  }
  show()
  const timer = setInterval(show, 1000)
  try {
    while (isUnderWay(answer)) {
      answer = await lookAgain(client, id, { patience, unanswered })
      trouble = undefined
    }
    return answer
  } finally {
    clearInterval(timer)
    line.clear()
  }
}

interface Patience {
  readonly patience: number
  readonly unanswered: (message: string) => void
}

/** What waits or runs does so without the gateway that was asked: it is asked again for a while where it does not answer. */
async function lookAgain(
  client: Pick<GatewayClient, 'wait'>,
  id: SessionId,
  { patience, unanswered }: Patience,
): Promise<Answer> {
  const until = Date.now() + patience
  for (;;) {
    try {
      return await client.wait(id, waitSeconds)
    } catch (error) {
      if (!(error instanceof CommandError)) throw error
      if (error.status !== 4 || Date.now() >= until) {
        const end = `session ${id} goes on without this command; query --cancel ${id} ends it`
        throw new CommandError(`${error.message}\n  ${end}`, error.status)
      }
      unanswered(`${error.message}; asking again`)
      await delay(pauseMilliseconds)
    }
  }
}

function waitingText({ status, approval }: Answer, milliseconds: number): string {
  const elapsed = elapsedText(milliseconds)
  if (status === 'running' || !approval) return `running … ${elapsed}`
  const { waiting_for, expires_at } = approval
  const now = Math.min(...waiting_for.map(stageOf))
  const who = waiting_for
    .filter(asked => stageOf(asked) === now)
    .map(asked => `${asked.people === 1 ? 'one' : `${asked.people - asked.given} more`} of ${approversName(asked)}`)
    .join(' and ')
  return `waiting for ${who} … ${elapsed}   expires ${clockTime(Date.parse(expires_at))}`
}

/** `04:07`, and after an hour `1:04:07`: people may take that long. */
function elapsedText(milliseconds: number): string {
  const hours = Math.floor(milliseconds / 3_600_000)
  return `${hours > 0 ? `${hours}:` : ''}${new Date(milliseconds).toISOString().slice(14, 19)}`
}
