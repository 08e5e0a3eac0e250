import { startGateway } from '#gateway/gateway.ts'
import { createLog } from '#gateway/logger.ts'
import type { Ports } from '#src/ports.ts'
import { type CrashPoint, crashingAt, crashingAtCall, losingAt, pausingAt } from './crash-points.ts'

/*
 * The gateway as these tests run it: gateway/main.ts with shorter patience for neighbours that fell silent, and with that of
 * ANSWER_MILLISECONDS for statements that run, and that of HURRY_MILLISECONDS where it ends meanwhile, and where CRASH_AT
 * names a point of the journey, the process kills itself there, where PAUSE_AT does, it stands still until SIGCONT, and where LOSE_AT
 * does, the answer of the record store is lost there, once.
 */

const {
  CRASH_AT,
  CRASH_CALL,
  PAUSE_AT,
  LOSE_AT,
  DEAD_MILLISECONDS = '2000',
  ANSWER_MILLISECONDS,
  HURRY_MILLISECONDS,
} = process.env
const log = createLog('info')
const gateway = await startGateway(process.argv[2] ?? '', process.env, log, {
  keeper: {
    sweepMilliseconds: 250,
    deadMilliseconds: Number(DEAD_MILLISECONDS),
    noTraceMilliseconds: 3_000,
  },
  ...(ANSWER_MILLISECONDS ? { answerMilliseconds: Number(ANSWER_MILLISECONDS) } : {}),
  ...(HURRY_MILLISECONDS ? { hurryMilliseconds: Number(HURRY_MILLISECONDS) } : {}),
  around: around(),
})
process.on('SIGTERM', () => {
  log.info({}, 'draining')
  void gateway.close().then(() => process.exit(0))
})

function around(): (ports: Ports) => Ports {
  if (CRASH_AT === 'random') return crashingAtCall(Number(CRASH_CALL))
  if (CRASH_AT) return crashingAt(CRASH_AT as Exclude<CrashPoint, 'random'>)
  if (PAUSE_AT) return pausingAt(PAUSE_AT as Exclude<CrashPoint, 'random'>)
  if (LOSE_AT) return losingAt(LOSE_AT as Exclude<CrashPoint, 'random'>)
  return ports => ports
}
