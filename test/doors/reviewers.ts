import assert from 'node:assert/strict'
import type { SlackMessage } from '#test/fakes/slack/state.ts'
import { insist } from '#test/journey/insist.ts'
import type { Stand } from '#test/stand/stand.ts'
import type { Agent } from './agent.ts'

/** The card of a session, once its text says so. */
export function cardOf(stand: Stand, id: string, words = ''): Promise<SlackMessage> {
  return stand.slack.waitForMessage(({ blocks }) => {
    const shown = JSON.stringify(blocks)
    return shown.includes(id) && shown.includes(words)
  })
}

/** Presses Approve on the card in the local Slack, as a person would. */
export async function approve(stand: Stand, id: string, user = 'U0ONCALL1'): Promise<void> {
  await press(stand, id, 'hold_approve', user)
}

/** Submits what a person has to approve, which somebody does, and sees it succeed. */
export async function submitApproved(stand: Stand, agent: Agent, statement: object): Promise<void> {
  const { body } = await agent.submit(statement)
  assert.equal(body.status, 'pending_approval', JSON.stringify(body))
  await approve(stand, body.request_id)
  const done = await agent.look(body.request_id)
  assert.equal(done.body.status, 'succeeded', done.text)
}

async function press(stand: Stand, id: string, button: string, user: string): Promise<void> {
  const { slack } = stand
  const { channel, ts } = await cardOf(stand, id, button)
  await insist(slack, user, () => slack.click(user, channel, ts, button))
}

/** Presses Deny, and says why in the modal. */
export async function deny(stand: Stand, id: string, why: string, user = 'U0ONCALL1'): Promise<void> {
  await press(stand, id, 'hold_deny', user)
  const view = await stand.slack.waitForView(user)
  const { status, errors } = await stand.slack.submit(user, view.id, { words: why })
  if (status !== 'closed') throw new Error(`the modal stayed: ${status} ${JSON.stringify(errors)}`)
}

/** Statements of agents that ran, on both warehouses; what the gateway asks for itself (names, counts, plans) is not in it. */
export function ranTexts(stand: Stand): string[] {
  return [...stand.shop.executed, ...stand.lake.executed].map(({ sql }) => sql)
}
