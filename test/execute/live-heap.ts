import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

/** Bytes of JavaScript objects that are still reachable; the resident size would say more of the collector's mood. */
export function liveHeap(): number {
  collect()
  return process.memoryUsage().heapUsed
}
