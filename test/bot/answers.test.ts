import assert from 'node:assert/strict'
import test from 'node:test'
import { newSessionId } from '#src/statement.ts'
import { SlackFailure } from '#test/fakes/slack/wire.ts'
import { type Answers, startFakeGateway } from './fake-gateway.ts'
import { people } from './sample-hold.ts'
import { channel, openWorld, shownText, type World, type WorldOptions } from './world.ts'

const user = 'U0ONCALL1'
const id = newSessionId()
const consoleUrl = 'https://qw.example/console'

function scenario(name: string, answers: Answers, run: (world: World) => Promise<void>, options: WorldOptions = {}) {
  test(name, async () => {
    const gateway = await startFakeGateway(answers)
    const world = await openWorld({ gateway: gateway.address, ...options })
    try {
      await run(world)
      assert.deepEqual(world.slack.failures, [])
    } finally {
      await world.close()
      await gateway.stop()
    }
  })
}

async function say(world: World, text: string): Promise<string> {
  const seen = world.slack.ephemerals(user).length
  await world.slack.command(user, channel, text)
  await world.until(() => world.slack.ephemerals(user).length > seen, 'answer')
  const answer = world.slack.ephemerals(user).at(-1)
  return `${answer?.text} ${shownText(answer?.blocks)}`
}

/** From now on Slack takes no answer any more: half an hour has passed. */
function refuseAnswers({ slack }: World): void {
  slack.state.useResponseUrl = () => {
    throw new SlackFailure('expired_url')
  }
}

const asked: string[] = []
scenario(
  'what is typed reaches the gateway as it was typed',
  {
    pause: ({ agent, reason }) => {
      asked.push(agent, reason)
      return { pause: { agent, reason, by: 'oncall-1', at: 1 }, known: true }
    },
  },
  async world => {
    assert.match(await say(world, '/qw pause "R&D <bot>" cost > 5 & rising'), /R&D <bot> +is paused/)
    assert.deepEqual(asked, ['R&D <bot>', 'cost > 5 & rising'])
  },
)

scenario('what was done is said where Slack does not take the answer', { resume: () => ({ resumed: true }) }, world => {
  refuseAnswers(world)
  return say(world, '/qw resume release-bot').then(text => assert.match(text, /^Resumed/))
})

const grant = {
  ...{ id, agent: 'release-bot', kind: 'update', tables: ['shop.orders'], shape: 'update …', by: ['oncall-1'] },
  ...{ until: Date.now() + 60_000, uses: 3, used: 0, mayRevoke: true },
}
let revoked = false
scenario(
  'a grant that is revoked is said to be, although what is left cannot be looked up',
  {
    grants: () => {
      if (revoked) throw new Error('away')
      return { grants: [grant], more: false }
    },
    revoke: () => {
      revoked = true
      return { revoked: true }
    },
  },
  async world => {
    await say(world, '/qw grants')
    const list = world.slack.ephemerals(user).at(-1)
    await world.slack.click(user, channel, list?.ts ?? '', 'grant_revoke')
    await world.slack.waitForEphemeral(user, ({ text }) => text.startsWith(`Revoked: ${id}`))
  },
)

const link = { id: 'l-1', team: 'T0DEMO', user, person: 'somebody', at: 1, toldAt: 1 }
let linked = true
scenario(
  'who unlinks an account that is known by its address is told so',
  {
    links: () => ({ links: linked ? [link] : [] }),
    unlink: () => {
      linked = false
      return { ended: true }
    },
  },
  async world => {
    assert.match(await say(world, '/qw unlink'), /^Unlinked, but .* still counts as that of Somebody: .*e-mail address/)
  },
  {
    ...{ matchEmail: true, consoleUrl },
    people: [
      ...people.filter(({ slack }) => slack?.user !== user),
      { id: 'somebody', name: 'Somebody', groups: ['data-oncall'], email: 'oncall-1@acme.example' },
    ],
  },
)
