import { setTimeout as sleep } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import { GatewayError } from '#src/errors.ts'
import type { RawPage } from '#src/execute/warehouse.ts'
import { ArrowCutter } from '../arrow-cutter.ts'
import { RowCutter } from '../row-cutter.ts'
import type { WireHttp } from '../wire-http.ts'
import type { WireAnswer } from './wire-result.ts'

const idleMilliseconds = 30_000

interface ResultSource {
  readonly http: WireHttp
  /** The same answer with URLs that are good again: they expire after hours. */
  renew(): Promise<WireAnswer>
}

/** All rows in order, those in cloud storage as they arrive. Leaving early stops the download, and so does `stop`: with any error. */
export async function* wirePages(
  source: ResultSource,
  answer: WireAnswer,
  stop?: AbortSignal,
): AsyncGenerator<RawPage> {
  const inArrow = answer.form === 'snowflake-arrow'
  const cutter = inArrow ? new ArrowCutter(answer.columns.map(({ wire }) => wire)) : new RowCutter(answer.form)
  cutter.begin()
  yield* cutter.add(answer.first)
  const first = yield* cutter.end()
  const announced = answer.chunks.reduce((sum, { rows }) => sum + rows, first)
  if (announced < (answer.returned ?? 0)) throw new GatewayError('result_shape', { detail: 'parts of it are missing' })
  let current = answer
  for (let part = 0; part < answer.chunks.length; part++) {
    for (let attempt = 0; ; attempt++) {
      try {
        cutter.begin(attempt > 0)
        yield* partPages(source.http, current, part, cutter, stop)
        break
      } catch (error) {
        const pause = stop?.aborted ? undefined : source.http.pauses[attempt]
        if (error instanceof GatewayError || pause === undefined) throw error
        await sleep(pause, undefined, { signal: stop })
        if (error instanceof Forbidden) current = await source.renew()
        requireSame(answer, current)
      }
    }
  }
  yield* cutter.rest()
}

/** Rows of other columns would be masked by these, and parts that are cut elsewhere would leave rows twice, or not at all. */
function requireSame(before: WireAnswer, now: WireAnswer): void {
  const said = ({ form, columns, chunks }: WireAnswer) => [
    form,
    columns.map(({ name, wire: { type } }) => [name, type]),
    chunks.map(({ rows }) => rows),
  ]
  if (now === before || isDeepStrictEqual(said(now), said(before))) return
  throw new GatewayError('result_shape', { detail: 'asked for again, it is another result' })
}

/** The service's storage: the URL is no longer good, or never was. */
class Forbidden extends Error {}

async function* partPages(
  http: WireHttp,
  { chunks, chunkHeaders }: WireAnswer,
  part: number,
  cutter: RowCutter | ArrowCutter,
  stop: AbortSignal | undefined,
): AsyncGenerator<RawPage> {
  const chunk = chunks[part]
  if (!chunk) throw new GatewayError('result_shape', { detail: 'a part of the result is gone' })
  const file = await http.open(chunk.url, chunkHeaders, idleMilliseconds, stop)
  try {
    if (file.status === 403) throw new Forbidden()
    if (file.status !== 200) throw new Error(`HTTP ${file.status}`)
    for await (const bytes of file.bytes) yield* cutter.add(bytes)
    const rows = yield* cutter.end()
    if (rows !== chunk.rows) throw new Error('a part of the result has fewer or more rows than announced')
  } finally {
    file.close()
  }
}
