import assert from 'node:assert/strict'
import { shownText } from '#test/bot/world.ts'
import { until } from '#test/chaos/until.ts'
import { cardOf } from '#test/doors/reviewers.ts'
import { type Stand, standPolicy } from '#test/stand/stand.ts'
import type { Agent, Answer } from './agent.ts'
import { insist } from './insist.ts'

/** Writes may be granted: for an hour, five times, fifty rows each; writes that say that they are short, for three seconds. */
export const grantingPolicy = standPolicy
  .replace(
    'Somebody looks at every write.',
    'Somebody looks at every write.\n    grants: { for: 1h, uses: 5, rows: 50 }',
  )
  .concat(
    '\n  - name: short\n    when: statement.purpose == "short"\n    then: hold\n    grants: { for: 3s, uses: 5 }\n',
  )

/** Approves what waits, with its shape, as this user chooses in the modal; what the modal shows. */
export async function grant(
  { slack }: Stand,
  card: Awaited<ReturnType<typeof cardOf>>,
  chosen: { seconds?: string; uses?: string } = {},
  user = 'U0ONCALL1',
): Promise<string> {
  await insist(slack, user, () => slack.click(user, card.channel, card.ts, 'hold_grant'))
  const view = await slack.waitForView(user, undefined)
  const submitted = await slack.submit(user, view.id, { seconds: '3600', uses: '5', ...chosen })
  assert.equal(submitted.status, 'closed', JSON.stringify(submitted))
  return shownText(view.payload.blocks)
}

/** Has it held, granted as chosen, and run. */
export async function runGranted(
  stand: Stand,
  agent: Agent,
  sql: string,
  { purpose, ...chosen }: { seconds?: string; uses?: string; purpose: string },
): Promise<Answer> {
  const held = await agent.ask(sql, { purpose })
  assert.equal(held.status, 'pending_approval', JSON.stringify(held))
  await grant(stand, await cardOf(stand, held.request_id, 'hold_grant'), chosen)
  return until(async () => {
    const answer = await agent.look(held.request_id, 5)
    return answer.status === 'succeeded' && answer
  }, 'the granted statement')
}
