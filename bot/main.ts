import type { BotConfig } from '#src/config/config.ts'
import { logLevel } from '#src/config/log-level.ts'
import { ConfigProblems, formatProblems } from '#src/config/problem.ts'
import { botReadsAtStart, waitForRestart } from '#src/config/read-at-start.ts'
import { type Change, watchBotConfig } from '#src/config/watch.ts'
import { errorSentence, needed } from '#src/error-sentence.ts'
import { openHoldStore } from '#src/hold/open-hold-store.ts'
import { botLog, errorCode } from './logger.ts'
import { openBot } from './open-bot.ts'

// Where it shares the gateway's files, it makes them for their owner alone as well.
process.umask(0o077)

const path = process.argv[2] ?? process.env.QUERYWARDEN_CONFIG
if (!path) {
  console.error('usage: npm run bot -- FILE   (or set QUERYWARDEN_CONFIG)')
  process.exit(2)
}
const log = await orExit(() => botLog(logLevel(process.env)))
const first = Promise.withResolvers<void>()
/** Changes wait for the first bot, and for each other. */
let taking = first.promise
let stopping = false
const watched = await orExit(() => watchBotConfig(path, process.env, changed))
const started = watched.current()
const holds = await orExit(() => needed('stores.holds', openHoldStore(started.stores.holds)))
await orExit(() => needed('stores.holds', holds.check()))
let bot = await orExit(() => openBot(watched.current(), { holds, log }))
giveUpWhereRefused()
first.resolve()

/** A bot keeps nothing for itself: one with the new configuration takes the old one's place. */
function changed(change: Change<BotConfig>): void {
  if ('problems' in change) {
    console.error(formatProblems(change.problems))
    log.error({}, 'the changed configuration has problems; the old one stays in force')
  } else taking = taking.then(() => takePlace(change.value)).catch(() => void stop(1))
}

async function takePlace(config: BotConfig): Promise<void> {
  if (stopping) return
  await bot.close()
  const { audience } = started.gateway
  bot = await openBot({ ...config, gateway: { ...config.gateway, audience } }, { holds, log })
  giveUpWhereRefused()
  log.info({}, 'configuration reloaded')
  const settings = waitForRestart(botReadsAtStart, started, config)
  if (settings.length > 0) log.warn({ settings }, 'these settings count from the next start of the bot on')
}

function giveUpWhereRefused(): void {
  bot.connected.catch(() => stop(1))
}

async function stop(code: number): Promise<void> {
  if (stopping) return
  stopping = true
  // A call to Slack that hangs must not keep the process from ending.
  setTimeout(() => process.exit(1), 15_000).unref()
  watched.close()
  await taking
  await bot.close()
  await holds.close()
  log.info({}, 'stopped')
  process.exit(code)
}

for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void stop(0))
process.on('unhandledRejection', error => {
  log.error({ code: errorCode(error) }, 'unhandled rejection')
  void stop(1)
})

async function orExit<T>(work: () => T | Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    console.error(errorSentence(error))
    process.exit(error instanceof ConfigProblems ? 2 : 1)
  }
}
