import { parseArgs } from 'node:util'
import { startSwitchboard } from '#test/services/switchboard.ts'
import { startTlsFront } from '#test/services/tls-front.ts'
import { type Stand, startStand } from '#test/stand/stand.ts'
import { type Answer, type Client, type Program, play, type Scenario, type Suite } from './client.ts'
import { heardLeaks } from './heard-leaks.ts'
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

const results = { passed: 0, failed: 0, missing: 0 }
for (const suite of chosen) await runSuite(suite)
console.log(`${results.passed} passed, ${results.failed} failed, ${results.missing} skipped (what cannot be had here)`)
const incomplete = process.env.CI === 'true' && results.missing > 0
process.exitCode = results.failed > 0 || results.passed === 0 || incomplete ? 1 : 0

async function runSuite(suite: Suite): Promise<void> {
  const clients = suite.clients.filter(({ name }) => clientWords.length === 0 || clientWords.includes(name))
  const lake = await suite.lake?.()
  if (lake && 'missing' in lake) return notTried(suite.name, lake.missing)
  const shop = await suite.shop?.()
  if (shop && 'missing' in shop) return notTried(suite.name, shop.missing)
  const stand = await startStand({ ...suite.stand, ...(lake ? { lake } : {}), ...(shop ? { shop } : {}) })
  for (const [name, why] of Object.entries(suite.unserved ?? {})) console.log(`–  ${suite.name}: ${name}: ${why}`)
  const heard: string[] = []
  const columns = new Map<string, ReadonlyMap<string, Mark>>()
  try {
    await suite.furnish?.(stand)
    for (const client of clients) {
      const column = await runClient(suite, client, stand, heard)
      if (column) columns.set(client.name, column)
    }
    const text = heard.join('\n')
    const leaks = await heardLeaks(stand, text)
    report(leaks.length === 0, `${suite.name}: nothing of the warehouse in ${text.length} bytes`, leaks.join(', '))
  } finally {
    await stand.stop()
  }
  const table = supportTable(columns)
  console.log(`\n${table}\n`)
  if (columns.size === suite.clients.length && options.scenario === '')
    report(
      readmeAgrees(suite.name, table, options.write),
      `${suite.name}: the README has this table`,
      'write it with --write',
    )
}

async function runClient(suite: Suite, client: Client, stand: Stand, heard: string[]) {
  const program = await client.prepare()
  if ('missing' in program) return notTried(client.name, program.missing)
  const left = suite.scenarios.filter(({ name }) => new RegExp(options.scenario).test(name))
  const marks = new Map<string, Mark>(left.map(({ name }) => [name, 'failed']))
  const lane = async () => {
    for (let scenario = left.shift(); scenario; scenario = left.shift())
      marks.set(scenario.name, await runScenario({ suite, client, program, scenario, stand, heard }))
  }
  await Promise.all(Array.from({ length: lanes }, lane))
  return marks
}

interface Playing {
  readonly suite: Suite
  readonly client: Client
  readonly program: Program
  readonly scenario: Scenario
  readonly stand: Stand
  readonly heard: string[]
}

async function runScenario({ suite, client, program, scenario, stand, heard }: Playing): Promise<Mark> {
  const name = `${client.name}: ${scenario.name}`
  if (suite.unserved?.[scenario.name]) return 'not tried'
  if (scenario.onlyFor?.every(word => !client.name.includes(word))) return 'not tried'
  const board = await startSwitchboard(stand.gateways[0]?.url ?? '')
  const front = program.trusts && (await startTlsFront(board.url, program.trusts))
  try {
    const login = { ...(await suite.login(stand, front?.url ?? board.url)), ...(await scenario.login?.(stand)) }
    const { steps, beside } = scenario
    const played = play(program, { login, steps, ...(beside ? { beside } : {}) }, scenario.cancelWhen?.(stand))
    // What people were to do is of no use to a client that has ended.
    await Promise.race([played, scenario.meanwhile?.(stand, board) ?? played])
    const text = await played
    heard.push(text)
    const answers: readonly Answer[] = JSON.parse(text)
    const untried = answers.find(answer => answer.untried)?.untried
    if (untried) {
      console.log(`–  ${name}: not tried, ${untried}`)
      return 'not tried'
    }
    scenario.check(answers, stand)
    report(true, name)
    return 'passed'
  } catch (error) {
    report(false, name, error instanceof Error ? error.message : String(error))
    return 'failed'
  } finally {
    heard.push(board.heard())
    await front?.close()
    await board.close()
  }
}

function notTried(name: string, why: string): undefined {
  results.missing++
  console.log(`–  ${name}: not tried, ${why}`)
}

function report(passed: boolean, name: string, why = ''): void {
  if (passed) results.passed++
  else results.failed++
  console.log(passed ? `✔  ${name}` : `✖  ${name}\n${why.replaceAll(/^/gm, '     ')}`)
}
