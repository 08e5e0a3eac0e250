import assert from 'node:assert/strict'
import { approve, deny, ranTexts } from '#test/doors/reviewers.ts'
import { heldCard } from '#test/doors/snowflake/held-card.ts'
import type { Stand } from '#test/stand/stand.ts'
import type { Scenario } from '../client.ts'
import { assertRefused, changed } from './answers.ts'
import { freshDelete, held } from './held-statement.ts'

/** A driver's longest time for one request: much shorter than usual, and enough for one that does not wait on a busy machine. */
const timeoutSeconds = 4
/** The statement's requests: sent, and repeated after each time that this was over. */
const asking = /^(?:POST \/queries\/v1\/query-request|GET \/queries\/|\w+ \/api\/v2\/statements)/

export const heldScenarios: readonly Scenario[] = [
  held({
    name: 'held, then approved',
    meanwhile: async (stand, sql) => approve(stand, await heldCard(stand, sql)),
  }),
  held({
    name: 'held, then denied, with the words of who denied it',
    meanwhile: async (stand, sql) => deny(stand, await heldCard(stand, sql), 'not now'),
    check: answer => assertRefused(answer, 3001, '42501', /denied by oncall-1: "not now"/),
  }),
  held({
    name: 'held for three times the longest time of a request',
    long: true,
    login: async () => ({ timeoutSeconds }),
    async meanwhile(stand, sql, board) {
      const id = await heldCard(stand, sql)
      await board.requests(asking, 4)
      await approve(stand, id)
    },
  }),
  held({
    name: 'held, and nobody answered in time',
    write: freshDelete,
    check: answer => assertRefused(answer, 604, '57014', /expired|in time/),
  }),
  held({
    name: 'held, and cancelled by the client',
    cancelWhen: heldCard,
    check: answer => assert.equal(Number(answer?.code), 604, JSON.stringify(answer)),
  }),
  held({
    name: 'approved, and cancelled by the client while it runs',
    async cancelWhen(stand, sql) {
      const gate = stand.snowflake.holdNext(exactly(sql))
      await approve(stand, await heldCard(stand, sql))
      await gate.arrived
    },
    check: answer => assert.equal(Number(answer?.code), 604, JSON.stringify(answer)),
  }),
  held({
    name: 'approved, and killed by on-call staff while it runs',
    async meanwhile(stand, sql) {
      const gate = stand.snowflake.holdNext(exactly(sql))
      const id = await heldCard(stand, sql)
      await approve(stand, id)
      await gate.arrived
      await kill(stand, id)
    },
    check: answer => assertRefused(answer, 3001, '42501', /killed/),
  }),
  manyRows(),
]

export function exactly(sql: string): RegExp {
  return new RegExp(`^${sql.replaceAll(/[^\w ]/g, '\\$&')}$`)
}

async function kill({ slack }: Stand, id: string): Promise<void> {
  await slack.command('U0ONCALL2', 'C0APPROVALS', `/qw kill ${id} wrong table`)
  const { channel, ts } = await slack.waitForEphemeral('U0ONCALL2', ({ blocks }) => JSON.stringify(blocks).includes(id))
  await slack.click('U0ONCALL2', channel, ts, 'kill_it')
}

/** What drivers make of `executemany`: arrays of values, or one long text. Approvers see it as it comes. */
function manyRows(): Scenario {
  let first = 1_000_000
  let mark = ''
  return {
    name: 'many rows in one statement: one card, one execution',
    get steps() {
      first += 10
      mark = `many ${first}`
      const many = [0, 1, 2].map(at => [first + at, mark])
      return [{ sql: `insert into orders (id, status) values (?, ?) -- ${mark}`, many }]
    },
    meanwhile: async stand => approve(stand, await heldCard(stand, mark)),
    check([answer], stand) {
      assert.equal(changed(answer), 3)
      assert.equal(ranTexts(stand).filter(text => /^insert/i.test(text) && text.includes(mark)).length, 1)
    },
  }
}
