import { startGateway } from '#gateway/gateway.ts'
import { createLog } from '#gateway/logger.ts'
import type { Ports } from '#src/ports.ts'
import { type CrashPoint, crashingAt, crashingAtCall } from './crash-points.ts'

/*
 * The gateway as these tests run it: gateway/main.ts with shorter patience for neighbours that fell silent, and where CRASH_AT
 * names a point of the journey, the process kills itself there, the first time it gets to it.
 */

const { CRASH_AT, CRASH_CALL } = process.env
const log = createLog('info')
const gateway = await startGateway(process.argv[2] ?? '', process.env, log, {
  keeper: {
    sweepMilliseconds: 250,
    deadMilliseconds: 2_000,
    noTraceMilliseconds: 3_000,
  },
  ...(CRASH_AT ? { around: around(CRASH_AT as CrashPoint) } : {}),
})
process.on('SIGTERM', () => void gateway.close().then(() => process.exit(0)))

function around(point: CrashPoint): (ports: Ports) => Ports {
  return point === 'random' ? crashingAtCall(Number(CRASH_CALL)) : crashingAt(point)
}
