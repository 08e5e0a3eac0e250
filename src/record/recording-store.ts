import type { SessionId } from '../statement.ts'
import type { Frame } from './event.ts'

/** Masked result pages, each an independent zstd frame of `{"rows":[…]}`. A folder; S3-compatible later. */
export interface RecordingStore {
  /** Durable when it resolves. The page must be masked: the caller's type sees to it. */
  put(id: SessionId, page: number, rows: readonly (readonly unknown[])[]): Promise<Frame>
  /** Rejects with `GatewayError('record_unavailable')` where the frame is gone or its hash differs. */
  get(id: SessionId, frame: Frame): Promise<readonly (readonly unknown[])[]>
  close(): Promise<void>
}
