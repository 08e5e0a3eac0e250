import { GatewayError } from '../errors.ts'
import type { Executed } from '../execute/execute-statement.ts'
import { firstRows, maskedPage } from '../mask/mask.ts'
import type { MaskedPage, MaskedResult, RecordedPages } from '../mask/masked.ts'
import type { Credential } from '../mint/minter.ts'
import type { Ports } from '../ports.ts'
import type { SessionId } from '../statement.ts'
import type { EventOf, Frame, SessionEvent } from './event.ts'

/** Pages (at most about 1 MiB each) kept in memory for the answer; a longer result is read back from its recording. */
const keptPages = 2

export interface Recorded {
  readonly completed: EventOf<'completed'>
  readonly result: MaskedResult
  readonly recorded: RecordedPages
}

/**
 * Eighth stage: every page is durable in the recording, and the closing events in the record, before the answer begins. Stops pulling at the decision's row limit. Rejects with `record_unavailable`; then no row leaves.
 */
export async function recordResult(
  ports: Ports,
  { authorized, execution, startedAt }: Executed,
  masked: MaskedResult,
  credential: Credential,
): Promise<Recorded> {
  const { id } = authorized.statement
  const kept = await recordPages(ports, id, masked, authorized.decision.limits.rows)
  const at = ports.clock.now()
  const milliseconds = at - startedAt
  const { columns, masks } = masked
  const detected = masked.detected()
  const found = detected.length > 0 ? { detected } : {}
  const completed: EventOf<'completed'> = {
    kind: 'completed',
    at,
    rows: kept.rows,
    truncated: kept.truncated,
    frames: kept.frames,
    columns,
    masks,
    ...found,
    milliseconds,
    ...(execution.affectedRows === undefined ? {} : { affectedRows: execution.affectedRows }),
    ...(execution.bytesScanned === undefined ? {} : { bytesScanned: execution.bytesScanned }),
    ...(execution.cost === undefined ? {} : { cost: execution.cost }),
    ...(credential.standing ? {} : { credentialMilliseconds: at - credential.mintedAt }),
    ...(execution.wayBack === undefined ? {} : { wayBack: execution.wayBack }),
  }
  const closing: SessionEvent[] = [
    { kind: 'executed', at, warehouseId: execution.warehouseId, columns, milliseconds },
    { kind: 'masked', at, columns, masks, hits: masks.filter(entry => entry !== null).length, ...found },
    completed,
  ]
  // Both at once: the pages have outlived this process already, and only a power cut could still take them back.
  const concluding = ports.records.conclude(id, ['claimed', 'unknown'], 'completed', closing)
  const [concluded] = await Promise.all([concluding, ...kept.durable])
  if (!concluded) {
    throw new GatewayError('interrupted', { detail: 'another gateway has closed the session' })
  }
  const recorded = recordedPages(ports, id, kept.frames)
  const result = { columns, masks, pages: kept.pages ?? recorded.from(0), detected: () => detected }
  return { completed, result, recorded }
}

export function recordedPages(
  ports: Pick<Ports, 'recordings'>,
  id: SessionId,
  frames: readonly Frame[],
): RecordedPages {
  const from = (page: number) => readPages(ports, id, frames.slice(page))
  return { form: frames[0]?.form, rows: frames.map(({ rows }) => rows), from }
}

/**
 * The masked pages of a recorded session, read back one at a time, as often as they are iterated. Rejects where a frame is
 * gone or was changed.
 */
export function readPages(
  { recordings }: Pick<Ports, 'recordings'>,
  id: SessionId,
  frames: readonly Frame[],
): AsyncIterable<MaskedPage> {
  return {
    async *[Symbol.asyncIterator]() {
      for (const frame of frames) yield maskedPage(await recordings.get(id, frame))
    },
  }
}

interface Kept {
  readonly rows: number
  readonly truncated: boolean
  readonly frames: readonly Frame[]
  /** One for each frame. */
  readonly durable: readonly Promise<void>[]
  /** The pages themselves, where they are small enough. */
  readonly pages: AsyncIterable<MaskedPage> | undefined
}

async function recordPages(ports: Ports, id: SessionId, masked: MaskedResult, limit: number): Promise<Kept> {
  const frames: Frame[] = []
  const durable: Promise<void>[] = []
  let memory: MaskedPage[] | undefined = []
  let rows = 0
  let truncated = false
  for await (const page of masked.pages) {
    truncated = page.rows > limit - rows
    if (rows < limit) {
      const fits = truncated ? firstRows(page, limit - rows) : page
      const written = await ports.recordings.put(id, frames.length, fits)
      frames.push(written.frame)
      durable.push(written.durable)
      rows += fits.rows
      if (frames.length > keptPages) {
        for (const each of [...(memory ?? []), page]) each.free?.()
        memory = undefined
      } else memory?.push(fits)
    }
    if (truncated) break
  }
  return { rows, truncated, frames, durable, pages: memory && inMemory(memory) }
}

function inMemory(pages: readonly MaskedPage[]): AsyncIterable<MaskedPage> {
  return {
    async *[Symbol.asyncIterator]() {
      yield* pages
    },
  }
}
