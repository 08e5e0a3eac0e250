import type { BotConfig } from '#src/config/config.ts'
import { formatProblems } from '#src/config/problem.ts'
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
const log = botLog()
const first = Promise.withResolvers<void>()
/** Changes wait for the first bot, and for each other. */
let taking = first.promise
let stopping = false
const watched = orExit(() => watchBotConfig(path, process.env, changed))
const holds = await orGiveUp(needed('stores.holds', openHoldStore(watched.current().stores.holds)))
await orGiveUp(needed('stores.holds', holds.check()))
let bot = await orGiveUp(openBot(watched.current(), { holds, log }))
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
  bot = await openBot(config, { holds, log })
  giveUpWhereRefused()
  log.info({}, 'configuration reloaded')
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

function orExit<T>(load: () => T): T {
  try {
    return load()
  } catch (error) {
    console.error(error instanceof Error ? error.message : 'the configuration cannot be read')
    process.exit(2)
  }
}

async function orGiveUp<T>(started: Promise<T>): Promise<T> {
  try {
    return await started
  } catch (error) {
    console.error(errorSentence(error))
    process.exit(1)
  }
}
