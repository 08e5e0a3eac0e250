import { loadBotConfig } from '#src/config/load.ts'
import { openHoldStore } from '#src/hold/open-hold-store.ts'
import { botLog, errorCode } from './logger.ts'
import { openBot } from './open-bot.ts'

const path = process.argv[2] ?? process.env.QUERYWARDEN_CONFIG
if (!path) {
  console.error('usage: node bot/main.ts querywarden.yaml   (or set QUERYWARDEN_CONFIG)')
  process.exit(2)
}
const log = botLog()
const config = orExit(() => loadBotConfig(path, process.env))
const holds = await openHoldStore(config.stores.holds)
await holds.check()
const bot = await openBot(config, { holds, log })

let stopping = false
async function stop(code: number): Promise<void> {
  if (stopping) return
  stopping = true
  // A call to Slack that hangs must not keep the process from ending.
  setTimeout(() => process.exit(1), 15_000).unref()
  await bot.close()
  await holds.close()
  log.info({}, 'stopped')
  process.exit(code)
}

for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void stop(0))
bot.connected.catch(() => stop(1))
process.on('unhandledRejection', error => {
  log.error({ code: errorCode(error) }, 'unhandled rejection')
  void stop(1)
})

function orExit<T>(load: () => T): T {
  try {
    return load()
  } catch (error) {
    console.error(error instanceof Error ? error.message : 'the configuration cannot be read')
    process.exit(2)
  }
}
