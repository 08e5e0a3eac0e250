import { type Switchboard, startSwitchboard } from '#test/services/switchboard.ts'
import { type Stand, startStand } from '#test/stand/stand.ts'
import { bigquery } from './bigquery/suite.ts'
import { type Client, play, type Suite } from './client.ts'
import { heardLeaks } from './heard-leaks.ts'
import { snowflake } from './snowflake/suite.ts'

/*
 * Unmodified clients of the warehouses against the whole product, as one table: npm run test:clients -- [suite] [client].
 * What cannot be installed here is named; where CI=true that is a failure.
 */

const suites: readonly Suite[] = [snowflake, bigquery]
const words = process.argv.slice(2)
const chosen = suites.filter(({ name }) => words.length === 0 || words.includes(name))
const clientWords = words.filter(word => !suites.some(({ name }) => name === word))

const results = { passed: 0, failed: 0, missing: 0 }
for (const suite of chosen) await runSuite(suite)
console.log(
  `${results.passed} passed, ${results.failed} failed, ${results.missing} skipped (clients that cannot be had here)`,
)
const incomplete = process.env.CI === 'true' && results.missing > 0
process.exitCode = results.failed > 0 || results.passed === 0 || incomplete ? 1 : 0

async function runSuite(suite: Suite): Promise<void> {
  const clients = suite.clients.filter(({ name }) => clientWords.length === 0 || clientWords.includes(name))
  const stand = await startStand({ sizes: { customers: 300, orders: 12_000 } })
  const board = await startSwitchboard(stand.gateways[0]?.url ?? '')
  try {
    for (const client of clients) await runClient(suite, client, stand, board)
    const leaks = await heardLeaks(stand, board.heard())
    report(
      leaks.length === 0,
      `${suite.name}: nothing of the warehouse in ${board.heard().length} bytes`,
      leaks.join(', '),
    )
  } finally {
    await board.close()
    await stand.stop()
  }
}

async function runClient(suite: Suite, client: Client, stand: Stand, board: Switchboard): Promise<void> {
  const program = await client.prepare()
  if ('missing' in program) {
    results.missing++
    return console.log(`–  ${client.name}: not tried, ${program.missing}`)
  }
  for (const scenario of suite.scenarios) {
    const login = { ...(await suite.login(stand, board.url)), ...(await scenario.login?.(stand)) }
    const name = `${client.name}: ${scenario.name}`
    try {
      const [answers] = await Promise.all([
        play(program, { login, steps: scenario.steps }),
        scenario.meanwhile?.(stand),
      ])
      scenario.check(answers, stand)
      report(true, name)
    } catch (error) {
      report(false, name, error instanceof Error ? error.message : String(error))
    }
  }
}

function report(passed: boolean, name: string, why = ''): void {
  if (passed) results.passed++
  else results.failed++
  console.log(passed ? `✔  ${name}` : `✖  ${name}\n${why.replaceAll(/^/gm, '     ')}`)
}
