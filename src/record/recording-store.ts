import type { WirePage } from '../execute/wire-page.ts'
import type { SessionId } from '../statement.ts'
import type { Frame } from './event.ts'

export interface WrittenPage {
  readonly frame: Frame
  /** Resolves when the page outlives a power cut too; rejects with `record_unavailable`. No row of it leaves before. */
  readonly durable: Promise<void>
}

/**
 * Masked result pages, each an independent zstd frame of one line of JSON, `{"session":…,"page":…,"form":…,"rows":…}`, in which the
 * rows stand as the page has them; a page that is not JSON stands below the line. A folder; S3-compatible later.
 */
export interface RecordingStore {
  /**
   * The page outlives this process when it resolves. It must be masked: the caller's type sees to it. Rejects with `limit_exceeded`
   * where it is larger than may be recorded, with `record_unavailable` where it cannot be written right now.
   */
  put(id: SessionId, page: number, rows: WirePage): Promise<WrittenPage>
  /** Rejects with `recording_lost` where the frame is gone or its hash differs, with `record_unavailable` where it cannot be read right now. */
  get(id: SessionId, frame: Frame): Promise<WirePage>
  close(): Promise<void>
}
