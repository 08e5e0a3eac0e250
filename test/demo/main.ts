import { parseArgs } from 'node:util'
import { testOrderCount } from '#test/fakes/dataset.ts'
import { type Stand, startStand } from '#test/stand/stand.ts'
import { portOrAnother } from './port-or-another.ts'
import { writeProfile } from './profile.ts'
import { runUnattended } from './unattended.ts'

// `npm run demo`: the whole product on this machine, with stand-ins for Slack, both warehouses and the identity provider.
// `-- --auto` does what a person would, prints the transcript, and exits 0 only if every step did what it should.

const { values } = parseArgs({ options: { auto: { type: 'boolean', default: false } } })
const sizes = { customers: 120_000, orders: 1_000_000 }

const started = performance.now()
const stand = await startStand({
  asDeployed: true,
  ...(values.auto ? {} : { folder: '.querywarden' }),
  sizes,
  ports: values.auto ? {} : await usualPorts(),
  progress: (part, words) => console.log(`  ✔ ${part.padEnd(20)}${words}`),
})
writeProfile(stand)
console.log(`  up in ${((performance.now() - started) / 1000).toFixed(1)} s\n`)

if (values.auto) {
  const ok = await runUnattended(stand, { sizes, deleted: testOrderCount(sizes.orders) }).finally(() => stand.stop())
  process.exit(ok ? 0 : 1)
}
invite(stand)
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void end(stand))

async function usualPorts() {
  const [issuer, gateway, slack] = await Promise.all([portOrAnother(4400), portOrAnother(4480), portOrAnother(4490)])
  return { issuer, gateway, slack }
}

function invite({ slack }: Stand): void {
  console.log(`  Open the Slack page: ${slack.url}/?user=U0ONCALL1&channel=C0APPROVALS   (you are oncall-1 there)

  You are now the agent "release-bot". Paste these into another terminal, in this folder:

  1  npx querywarden query "select id, email, city from shop.customers limit 3"
  2  npx querywarden query "delete from shop.orders where status = 'test'" --purpose "remove test orders before the audit"
  3  npx querywarden query "copy into @export from shop.customers"

  The second waits until Approve is clicked on the Slack page. The same on BigQuery: add --connection lake
  What happened: npx querywarden sessions find

  Ctrl-C stops everything; the data stays in ./.querywarden`)
}

async function end(running: Stand): Promise<void> {
  console.log('\n  stopping …')
  await running.stop()
  console.log('  stopped')
  process.exit(0)
}
