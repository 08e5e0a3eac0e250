import { setTimeout as sleep } from 'node:timers/promises'
import { GatewayError } from '#src/errors.ts'
import type { WireHttp } from '../wire-http.ts'
import { splitRows } from './row-splitter.ts'
import { type WireAnswer, type WireRow, wireRow } from './wire-result.ts'

const idleMilliseconds = 30_000

export interface ResultSource {
  readonly http: WireHttp
  /** The same answer with URLs that are good again: they expire after hours. */
  renew(): Promise<WireAnswer>
}

/** All rows in order, those in cloud storage as they arrive. Leaving early stops the download. */
export async function* wireRows(source: ResultSource, answer: WireAnswer): AsyncGenerator<readonly WireRow[]> {
  yield answer.rows
  let current = answer
  for (let part = 0; part < answer.chunks.length; part++) {
    let delivered = 0
    for (let attempt = 0; ; attempt++) {
      try {
        for await (const rows of partRows(source.http, current, part, delivered)) {
          delivered += rows.length
          yield rows
        }
        break
      } catch (error) {
        const pause = source.http.pauses[attempt]
        if (error instanceof GatewayError || pause === undefined) throw error
        await sleep(pause)
        if (error instanceof Forbidden) current = await source.renew()
      }
    }
  }
}

/** The service's storage: the URL is no longer good, or never was. */
class Forbidden extends Error {}

/** A part's rows after the first `skipped`: what was cut off goes on where it stopped. */
async function* partRows(
  http: WireHttp,
  { chunks, chunkHeaders, columns }: WireAnswer,
  part: number,
  skipped: number,
): AsyncGenerator<readonly WireRow[]> {
  const chunk = chunks[part]
  if (!chunk) throw new GatewayError('result_shape', { detail: 'a part of the result is gone' })
  const file = await http.open(chunk.url, chunkHeaders, idleMilliseconds)
  try {
    if (file.status === 403) throw new Forbidden()
    if (file.status !== 200) throw new Error(`HTTP ${file.status}`)
    let seen = 0
    for await (const rows of splitRows(file.bytes)) {
      const fresh = rows.slice(Math.max(0, skipped - seen))
      seen += rows.length
      if (fresh.length > 0) yield fresh.map(row => wireRow(row, columns.length))
    }
    if (seen !== chunk.rows) throw new Error('a part of the result has fewer or more rows than announced')
  } finally {
    file.close()
  }
}
