import { asGatewayError, type ErrorCode, GatewayError } from '../errors.ts'
import type { Executed } from '../execute/execute-statement.ts'
import { requireNoNewTaint } from '../execute/same-schema.ts'
import { firstRows } from '../mask/mask.ts'
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
 * Eighth stage: every page is durable in the recording, and the closing events in the record, before the answer begins. Stops
 * pulling at the decision's row limit. Rejects with `record_unavailable`, or with `recording_lost` where the disk failed when the
 * record was closed; then no row leaves.
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
    ...ofCredential(credential, at),
    ...(execution.wayBack === undefined ? {} : { wayBack: execution.wayBack }),
  }
  const closing: SessionEvent[] = [
    { kind: 'executed', at, warehouseId: execution.warehouseId, columns, milliseconds },
    { kind: 'masked', at, columns, masks, hits: masks.filter(entry => entry !== null).length, ...found },
    completed,
  ]
  // Both at once: the pages have outlived this process already, and only a power cut could still take them back.
  const durable = Promise.all(kept.durable).catch(asGatewayError)
  const concluded = await ports.records.conclude(id, ['claimed', 'unknown'], 'completed', closing)
  if (!concluded) {
    throw new GatewayError('interrupted', { detail: 'another gateway has closed the session' })
  }
  const failure = await durable
  if (failure instanceof GatewayError) throw new GatewayError('recording_lost', { detail: failure.detail })
  const recorded = recordedPages(ports, id, kept.frames)
  const result = { columns, masks, ...pagesOf(kept, recorded), detected: () => detected }
  return { completed, result, recorded }
}

/** Of a credential that is this statement's own. */
function ofCredential({ standing, mintedAt, expiresAt, takenUntilExpiry }: Credential, at: number) {
  if (standing) return {}
  const credentialMilliseconds = at - mintedAt
  return takenUntilExpiry ? { credentialMilliseconds, credentialUntil: expiresAt } : { credentialMilliseconds }
}

/** Failures that leave a statement as it is: its end is recorded later, or by another gateway. */
const endsLater: readonly ErrorCode[] = ['record_unavailable', 'interrupted']

/**
 * What is done with the rows of a statement that came to its end in the warehouse. Where it fails although more than a read may have
 * happened, what was done stands and only the rows are gone: rejects with `recording_lost`, and never as if it might be run again.
 */
export async function afterItRan<T>(
  ports: Ports,
  { authorized, execution }: Executed,
  work: () => Promise<T>,
): Promise<T> {
  const { harmless } = authorized.classification
  try {
    // A harmless read has asked already; all else was asked before it was submitted, and what it read may be newer.
    if (!harmless && execution.columns.length > 0) await requireNoNewTaint(ports, authorized)
    return await work()
  } catch (error) {
    const { code, message, detail = message } = asGatewayError(error)
    if (harmless || endsLater.includes(code)) throw error
    const rows =
      code === 'schema_changed' ? `its rows are kept back: ${message}` : 'its rows could not be read to their end.'
    throw new GatewayError('recording_lost', {
      message: `The statement ran, and what it did stands, but ${rows}`,
      next: 'Do not submit it again for its rows alone: it would run a second time.',
      detail: `${code}: ${detail}`,
    })
  }
}

export function recordedPages(
  ports: Pick<Ports, 'recordings'>,
  id: SessionId,
  frames: readonly Frame[],
): RecordedPages {
  const from = (page: number) => readPages(ports, id, frames.slice(page))
  const bytes = frames.reduce((sum, { unpacked = Number.POSITIVE_INFINITY }) => sum + unpacked, 0)
  return { form: frames[0]?.form, rows: frames.map(({ rows }) => rows), bytes, from }
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
      // Only masked pages are ever put there.
      for (const frame of frames) yield (await recordings.get(id, frame)) as MaskedPage
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
  readonly memory: readonly MaskedPage[] | undefined
}

/** While one page is packed and written, the next one is read and masked: never more than these two wait. */
async function recordPages(ports: Ports, id: SessionId, masked: MaskedResult, limit: number): Promise<Kept> {
  const recording = new PagesRecording(ports, id)
  let rows = 0
  let truncated = false
  let writing = Promise.resolve()
  for await (const page of masked.pages) {
    truncated = page.rows > limit - rows
    if (rows < limit) {
      const fits = truncated ? firstRows(page, limit - rows) : page
      rows += fits.rows
      await writing
      writing = recording.add(fits)
      // Whatever happens to the next page meanwhile, it is waited for.
      writing.catch(() => undefined)
    }
    if (truncated) break
  }
  await writing
  const { frames, durable, memory } = recording
  return { rows, truncated, frames, durable, memory }
}

class PagesRecording {
  readonly frames: Frame[] = []
  readonly durable: Promise<void>[] = []
  /** As long as they are few. */
  memory: MaskedPage[] | undefined = []
  readonly #recordings: Ports['recordings']
  readonly #id: SessionId

  constructor({ recordings }: Ports, id: SessionId) {
    this.#recordings = recordings
    this.#id = id
  }

  async add(page: MaskedPage): Promise<void> {
    const { frame, durable } = await this.#recordings.put(this.#id, this.frames.length, page)
    this.frames.push(frame)
    this.durable.push(durable)
    const pages = [...(this.memory ?? []), page]
    this.memory = this.memory && pages.length <= keptPages ? pages : undefined
    if (!this.memory) for (const each of pages) each.free?.()
  }
}

function pagesOf({ memory }: Kept, recorded: RecordedPages): Pick<MaskedResult, 'pages' | 'letGo'> {
  let kept = memory
  const pages = {
    async *[Symbol.asyncIterator]() {
      yield* kept ?? recorded.from(0)
    },
  }
  const letGo = () => {
    kept = undefined
  }
  return { pages, letGo }
}
