import { parseArgs } from 'node:util'
import { startSwitchboard } from '#test/services/switchboard.ts'
import { startTlsFront } from '#test/services/tls-front.ts'
import { type Stand, startStand } from '#test/stand/stand.ts'
import { type Answer, type Client, type Program, play, type Scenario, type Suite } from './client.ts'
import { type Heard, heardLeaks } from './heard-leaks.ts'
import { PrepareAhead } from './prepare-ahead.ts'
import { Results } from './results.ts'
import { suites } from './suites.ts'
import { type Mark, readmeAgrees, supportTable } from './support-table.ts'

/*
 * Unmodified clients of the warehouses against the whole product, as one table:
 * npm run test:clients -- [suite] [client] [--scenario pattern] [--write]. What cannot be installed here is named;
 * where CI=true that is a failure. `--write` puts the table into the README.
 */

/** Scenarios of a client that are played at the same time: most of them wait for people most of the time. */
const lanes = 4

const { positionals: words, values: options } = parseArgs({
  allowPositionals: true,
  options: { scenario: { type: 'string', default: '' }, write: { type: 'boolean', default: false } },
})
const chosen = suites.filter(({ name }) => words.length === 0 || words.includes(name))
const clientWords = words.filter(word => !suites.some(({ name }) => name === word))

const results = new Results()
const ahead = new PrepareAhead()
const prepared = chosen.map(suite => prepare(suite))
for (const each of prepared) await runSuite(each)
process.exitCode = results.sum() ? 0 : 1

function prepare(suite: Suite) {
  const clients = suite.clients.filter(({ name }) => clientWords.length === 0 || clientWords.includes(name))
  return {
    suite,
    lake: suite.lake && ahead.add(suite.lake),
    shop: suite.shop && ahead.add(suite.shop),
    clients: clients.map(client => ({ client, program: ahead.add(client.prepare) })),
  }
}

async function runSuite({ suite, clients, ...others }: ReturnType<typeof prepare>): Promise<void> {
  const lake = await others.lake
  if (lake && 'missing' in lake) return results.missing(suite.name, lake.missing)
  const shop = await others.shop
  if (shop && 'missing' in shop) return results.missing(suite.name, shop.missing)
  const stand = await startStand({ ...suite.stand, ...(lake ? { lake } : {}), ...(shop ? { shop } : {}) })
  for (const [name, why] of Object.entries(suite.unserved ?? {})) console.log(`–  ${suite.name}: ${name}: ${why}`)
  const heard: Heard[] = []
  const columns = new Map<string, ReadonlyMap<string, Mark>>()
  try {
    await suite.furnish?.(stand)
    for (const { client, program } of clients) {
      const made = await program
      if ('missing' in made) results.missing(`${suite.name}: ${client.name}`, made.missing)
      else columns.set(client.name, await runClient({ suite, client, program: made, stand, heard }))
    }
    const bytes = heard.reduce((sum, { text }) => sum + text.length, 0)
    const leaks = await heardLeaks(stand, heard)
    report(leaks.length === 0, `${suite.name}: nothing of the warehouse in ${bytes} bytes`, leaks.join('\n'))
  } finally {
    await stand.stop()
  }
  const table = supportTable(columns)
  console.log(`\n${suite.name}\n\n${table}\n`)
  if (columns.size === suite.clients.length && options.scenario === '')
    report(
      readmeAgrees(suite.name, table, options.write),
      `${suite.name}: the README has this table`,
      'write it with --write',
    )
}

interface Playing {
  readonly suite: Suite
  readonly client: Client
  readonly program: Program
  readonly stand: Stand
  readonly heard: Heard[]
}

async function runClient(playing: Playing): Promise<ReadonlyMap<string, Mark>> {
  const asked = playing.suite.scenarios.filter(({ name }) => new RegExp(options.scenario).test(name))
  // In the table's order, whatever is played first.
  const marks = new Map<string, Mark>(asked.map(({ name }) => [name, 'failed']))
  const lane = async (left: Scenario[]) => {
    for (let scenario = left.shift(); scenario; scenario = left.shift())
      marks.set(scenario.name, await runScenario(playing, scenario))
  }
  const together = [...asked.filter(({ long }) => long), ...asked.filter(({ long, apart }) => !long && !apart)]
  const one = async () => {
    await lane(asked.filter(({ apart }) => apart))
    await lane(together)
  }
  await Promise.all([one(), ...Array.from({ length: lanes - 1 }, () => lane(together))])
  return marks
}

async function runScenario({ suite, client, program, stand, heard }: Playing, scenario: Scenario): Promise<Mark> {
  const name = `${suite.name}: ${client.name}: ${scenario.name}`
  if (suite.unserved?.[scenario.name]) return 'not tried'
  if (scenario.onlyFor?.every(word => !client.name.includes(word))) return 'not tried'
  const since = performance.now()
  const board = await startSwitchboard(stand.gateways[0]?.url ?? '')
  const front = program.trusts && (await startTlsFront(board.url, program.trusts))
  try {
    const login = { ...(await suite.login(stand, front?.url ?? board.url)), ...(await scenario.login?.(stand)) }
    const { steps, beside } = scenario
    const played = play(program, { login, steps, ...(beside ? { beside } : {}) }, scenario.cancelWhen?.(stand))
    // What people were to do is of no use to a client that has ended.
    await Promise.race([played, scenario.meanwhile?.(stand, board) ?? played])
    const text = await played
    heard.push({ name, text })
    const answers: readonly Answer[] = JSON.parse(text)
    const untried = answers.find(answer => answer.untried)?.untried
    if (untried) {
      console.log(`–  ${name}: not tried, ${untried}`)
      return 'not tried'
    }
    scenario.check(answers, stand)
    results.passed(name, performance.now() - since)
    return 'passed'
  } catch (error) {
    results.failed(name, error instanceof Error ? error.message : String(error))
    return 'failed'
  } finally {
    heard.push({ name, text: board.heard() })
    await front?.close()
    await board.close()
  }
}

function report(passed: boolean, name: string, why: string): void {
  if (passed) results.passed(name)
  else results.failed(name, why)
}
