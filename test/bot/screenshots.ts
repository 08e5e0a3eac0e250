import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { chromium, type Page } from 'playwright-core'
import type { Hold, HoldState } from '#src/hold/hold.ts'
import { type Changes, sampleHold, sampleReview, signed } from './sample-hold.ts'
import { openWorld } from './world.ts'

// Pictures of the cards as the stand-in's page shows them: node test/bot/screenshots.ts FOLDER

const folder = process.argv[2]
if (!folder) {
  console.error('usage: node test/bot/screenshots.ts FOLDER')
  process.exit(2)
}
mkdirSync(folder, { recursive: true })

const updates = Array.from({ length: 165 }, (_, at) => `update shop.orders set a = ${at} where id = ${at};`)
const wayBack =
  "insert into shop.orders select * from shop.orders before(statement => '01b2c3d4-0000-1111-0000-000000000001') where status = 'test'"
const outcome = { rows: 4_210, milliseconds: 1_900, credentialMilliseconds: 1_930, wayBack }
const approve = { reason: 'fine, checked the count' }
const deny = { verdict: 'deny', reason: 'not before the freeze ends' } as const

/** A hold in each state that people meet. */
const scenes: [name: string, changes: Changes, review?: Parameters<typeof sampleReview>[1], state?: HoldState][] = [
  ['pending', {}],
  ['approved', {}, approve, 'approved'],
  ['completed', { hold: { outcome } }, approve, 'completed'],
  ['denied', {}, deny, 'denied'],
  ['expired', {}, undefined, 'expired'],
  ['long', { statement: { sql: updates.join('\n') }, classification: { hazards: ['multi_statement'] } }],
  [
    'odd',
    {
      statement: {
        sql: 'delete from shop.orders -- where status = \u202E"tset"\u202C',
        binds: ['a', 7],
        purpose: '<!channel> approved by security, see `policy`',
      },
      classification: { hazards: ['no_where'], summary: 'deletes all rows of SHOP.PUBLIC.ORDERS' },
      decision: { approvers: [{ group: 'data-oncall', people: 2 }] },
    },
  ],
]

const world = await openWorld()
const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] })
try {
  const page = await browser.newPage({ viewport: { width: 1_000, height: 1_100 } })
  for (const [name, changes, review, state] of scenes) await photograph(page, name, await show(changes, review, state))
} finally {
  await browser.close()
  await world.close()
}

async function show(changes: Changes, review: Parameters<typeof sampleReview>[1], state?: HoldState): Promise<Hold> {
  const hold = sampleHold(changes)
  await world.holds.touch(hold.id, 60_000)
  await world.put(hold)
  await world.card(hold)
  const reviews = review ? [await signed(sampleReview(hold, review))] : []
  for (const next of state ? pathTo(state) : []) {
    for (;;) {
      const stored = await world.stored(hold)
      if ((await world.holds.replace(stored, { ...stored, reviews, state: next })) === 'replaced') break
    }
  }
  if (name(state)) await world.card(hold, name(state))
  return hold
}

function pathTo(state: HoldState): HoldState[] {
  return state === 'completed' ? ['approved', 'executing', 'completed'] : [state]
}

function name(state: HoldState | undefined): string {
  return { approved: 'Approved', completed: 'Done', denied: 'Denied', expired: 'Expired' }[String(state)] ?? ''
}

async function photograph(page: Page, scene: string, hold: Hold): Promise<void> {
  await page.goto(`${world.slack.url}/`)
  await page.getByText(hold.id).last().waitFor()
  const path = join(folder ?? '.', `${scene}.png`)
  await page.screenshot({ path })
  console.log(path)
}
