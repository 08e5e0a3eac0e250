import { join } from 'node:path'
import { Secret } from '#src/config/secret.ts'
import { openRecordStore } from '#src/record/open-record-store.ts'
import { until } from '#test/chaos/until.ts'
import { Agent, type Answer } from '#test/journey/agent.ts'
import { insist } from '#test/journey/insist.ts'
import type { MovedTime } from '#test/stand/moved-time.ts'
import type { Stand } from '#test/stand/stand.ts'

export type SessionState =
  | 'pending'
  | 'partly approved'
  | 'approved'
  | 'executing'
  | 'unknown'
  | 'completed'
  | 'failed'
  | 'denied'
  | 'expired'
  | 'cancelled'
  | 'killed'

const minute = 60_000

/** One session in every state there is, each brought there the way it comes about; ids by state. */
export async function sessionsInEveryState(stand: Stand, time: MovedTime): Promise<Record<SessionState, string>> {
  const agent = new Agent(stand)
  const expired = await held(agent, "delete from orders where status = 'expired'")
  await cardOf(stand, expired)
  time.pass(31 * minute)
  await until(async () => (await agent.look(expired)).status === 'expired', 'expiry')
  const approved = await held(agent, "select count(*) from customers where email = 'approved'")
  await cardOf(stand, approved)
  // Nobody waits for its answer any more.
  time.pass(3 * minute)
  await press(stand, approved)
  await stand.slack.waitForMessage(({ blocks }) => /Approved · .*Waits to run/s.test(shown(blocks, approved)))
  const partly = await held(agent, "delete from customers where email = 'partly'")
  await press(stand, partly)
  const completed = await held(agent, "delete from orders where status = 'completed'")
  await press(stand, completed)
  await ended(agent, completed)
  const failed = await held(agent, "delete from orders where id = cast('failed' as integer)")
  await press(stand, failed)
  await ended(agent, failed)
  return {
    ...{ expired, approved, 'partly approved': partly, completed, failed },
    executing: await running(stand, agent, 'executing'),
    unknown: await lost(stand, agent),
    denied: await denied(stand, agent),
    cancelled: await cancelled(stand, agent),
    killed: await killed(stand, agent),
    pending: await held(agent, "delete from orders where status = 'pending'"),
  }
}

async function held(agent: Agent, sql: string): Promise<string> {
  const { request_id: id, status } = await agent.ask(sql)
  if (status !== 'pending_approval') throw new Error(`${sql} is ${status}`)
  return id
}

function ended(agent: Agent, id: string): Promise<Answer> {
  return until(async () => {
    const answer = await agent.look(id, 5)
    return answer.http !== 202 && answer
  }, `end of ${id}`)
}

function cardOf({ slack }: Stand, id: string) {
  return slack.waitForMessage(({ blocks }) => JSON.stringify(blocks).includes(id))
}

/** Until it shows: where Slack does not say in time who clicked, the person is asked to click again. */
async function press(stand: Stand, id: string, action = 'hold_approve'): Promise<void> {
  const { slack } = stand
  const user = 'U0ONCALL1'
  const card = await cardOf(stand, id)
  const edits = card.history.length
  const view = slack.view(user)
  const asked = () => slack.ephemerals(user).filter(({ text }) => text.includes('could not tell who you are')).length
  for (;;) {
    const before = asked()
    await insist(slack, user, () => slack.click(user, card.channel, card.ts, action))
    const effect = () => card.history.length > edits || slack.view(user) !== view
    if ((await slack.waitFor(() => (effect() ? 'shows' : asked() > before && 'again'), `effect on ${id}`)) === 'shows')
      return
  }
}

function shown(blocks: unknown, id: string): string {
  const text = JSON.stringify(blocks)
  return text.includes(id) ? text : ''
}

/** Approved, and as far as the warehouse, which never gets done with it. */
async function running(stand: Stand, agent: Agent, name: string): Promise<string> {
  const gate = stand.snowflake.holdNext(new RegExp(`^delete.*'${name}'`))
  const id = await held(agent, `delete from orders where status = '${name}'`)
  await press(stand, id)
  await gate.arrived
  return id
}

/** What a gateway writes down that no longer knows what became of it. */
async function lost(stand: Stand, agent: Agent): Promise<string> {
  const id = await running(stand, agent, 'unknown')
  const records = await openRecordStore(new Secret(`sqlite:${join(stand.folder, 'records.db')}`))
  await records.conclude(id, ['claimed'], 'unknown', [
    { kind: 'unknown', at: Date.now(), detail: 'the answer was lost' },
  ])
  await records.close()
  return id
}

async function denied(stand: Stand, agent: Agent): Promise<string> {
  const id = await held(agent, "delete from orders where status = 'denied'")
  await press(stand, id, 'hold_deny')
  const view = await stand.slack.waitForView('U0ONCALL1')
  const submit = () => stand.slack.submit('U0ONCALL1', view.id, { words: 'not now' })
  await insist(stand.slack, 'U0ONCALL1', async () => (await submit()).delivery)
  await ended(agent, id)
  return id
}

async function cancelled(stand: Stand, agent: Agent): Promise<string> {
  const id = await held(agent, "delete from orders where status = 'cancelled'")
  await cardOf(stand, id)
  await agent.cancel(id)
  return id
}

async function killed({ slack }: Stand, agent: Agent): Promise<string> {
  const id = await held(agent, "delete from orders where status = 'killed'")
  await cardOf({ slack } as Stand, id)
  const user = 'U0ONCALL2'
  await insist(slack, user, () => slack.command(user, 'C0APPROVALS', `/qw kill ${id} wrong table`))
  const { channel, ts } = await slack.waitForEphemeral(user, ({ blocks }) => shown(blocks, id) !== '')
  await insist(slack, user, () => slack.click(user, channel, ts, 'kill_it'))
  await ended(agent, id)
  return id
}
