import { setFlagsFromString } from 'node:v8'
import { logLevel } from '#src/config/log-level.ts'
import { ConfigProblems } from '#src/config/problem.ts'
import { errorSentence } from '#src/error-sentence.ts'
import { asGatewayError } from '#src/errors.ts'
import { startGateway } from './gateway.ts'
import { createLog } from './logger.ts'

// V8 collects the whole heap when there is less room up to its limit than the young generation may take (64 MiB). The limit that it
// gives this process's heap of about 50 MiB by itself is so near that this would be every other second, on all processors.
setFlagsFromString('--heap-growing-percent=200')

// SQLite would let everybody read what it makes.
process.umask(0o077)

const file = process.argv[2] ?? process.env.QUERYWARDEN_CONFIG
if (!file) {
  process.stderr.write('usage: npm run gateway -- FILE   (or set QUERYWARDEN_CONFIG)\n')
  process.exit(2)
}
try {
  const log = createLog(logLevel(process.env))
  const gateway = await startGateway(file, process.env, log)
  let closing = false
  const stop = (code: number) => {
    if (closing) return
    closing = true
    // What a warehouse does not end in this time is settled by the next start.
    setTimeout(() => process.exit(1), 30_000).unref()
    gateway.close().then(
      () => process.exit(code),
      () => process.exit(1),
    )
  }
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      log.info({ signal }, 'draining')
      stop(0)
    })
  }
  process.on('unhandledRejection', error => {
    const { code, detail } = asGatewayError(error)
    log.error({ code, detail }, 'unhandled rejection: draining')
    stop(1)
  })
} catch (error) {
  process.stderr.write(`${errorSentence(error)}\n`)
  process.exit(error instanceof ConfigProblems ? 2 : 1)
}
