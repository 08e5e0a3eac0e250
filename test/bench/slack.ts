import { Agent } from '#test/journey/agent.ts'
import { startPostgres } from '#test/services/postgres.ts'
import { startRedis } from '#test/services/redis.ts'
import { type Stand, type StandOptions, startStand } from '#test/stand/stand.ts'
import { percentile } from './series.ts'

const targets = { card: 1_000, click: 100 } as const

/**
 * How long people wait for a card, and warehouses for a click: from the agent's request to its card in the local Slack (parsed,
 * judged, estimated, recorded and held in between), and from the click to the statement's arrival at the stand-in of the
 * warehouse (identity, review, claim, mint and sign-in in between). Once with the stores of one machine, once with shared ones.
 */
export async function latencyOfDecisions(rounds: number): Promise<void> {
  await measure('SQLite', rounds, {})
  const [redis, postgres] = [await startRedis({ own: true }), await startPostgres({ own: true })]
  if (redis && postgres) {
    await measure('Redis and PostgreSQL', rounds, { stores: { holds: redis.url, records: postgres.url } })
  } else console.log('Redis and PostgreSQL: not installed here')
  await Promise.all([redis?.stop(), postgres?.stop()])
}

async function measure(stores: string, rounds: number, options: StandOptions): Promise<void> {
  const stand = await startStand({ asDeployed: true, ...options, sizes: { customers: 100, orders: 1_000 } })
  try {
    const taken = { card: [] as number[], click: [] as number[] }
    const warmUp = Math.ceil(rounds / 5)
    for (let round = 0; round < rounds + warmUp; round++) {
      const { card, click } = await decideOne(stand, round)
      if (round < warmUp) continue
      taken.card.push(card)
      taken.click.push(click)
    }
    console.log(`\na decision in Slack, stores: ${stores} (${rounds} rounds, ms)`)
    console.log(`${''.padEnd(42)}${['p50', 'p99', 'target'].map(head => head.padStart(11)).join('')}`)
    print('request of the agent → card in Slack', taken.card, `p99 ≤ ${targets.card}`)
    print('click → statement at the warehouse', taken.click, `p50 ≤ ${targets.click}`)
  } finally {
    await stand.stop()
  }
}

async function decideOne(stand: Stand, round: number): Promise<{ card: number; click: number }> {
  const { slack, snowflake } = stand
  const agent = new Agent(stand)
  const asked = performance.now()
  const known = slack.state.messages.length
  const posted = slack.waitFor(() => slack.state.messages[known], 'a card')
  const { request_id: id } = await agent.ask(`delete from orders where id = ${1_000_000 + round}`)
  const { channel, ts } = await posted
  const card = performance.now() - asked
  const gate = snowflake.holdNext(new RegExp(`^delete.*${1_000_000 + round}`))
  const clicked = performance.now()
  await slack.click('U0ONCALL1', channel, ts, 'hold_approve')
  await gate.arrived
  const click = performance.now() - clicked
  gate.release()
  await agent.look(id, 20)
  // Both updates of the card, so that nothing of this round is left for the next.
  await slack.waitFor(() => JSON.stringify(slack.state.message(channel, ts)?.blocks).includes('Ran once'), 'its end')
  return { card, click }
}

function print(name: string, taken: readonly number[], target: string): void {
  const cells = [percentile(taken, 0.5).toFixed(1), percentile(taken, 0.99).toFixed(1), target]
  console.log(`${name.padEnd(42)}${cells.map(cell => cell.padStart(11)).join('')}`)
}
