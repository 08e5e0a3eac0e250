/** Some of the bytes of a larger place. A typed array for each buffer of a batch takes longer to make than its bytes take to leave. */
export interface Slice {
  readonly bytes: Uint8Array
  readonly start: number
  readonly length: number
}

export const emptySlice: Slice = sliceOf(new Uint8Array(0))

/** All of them. */
export function sliceOf(bytes: Uint8Array): Slice {
  return { bytes, start: 0, length: bytes.length }
}

/** Its own bytes, to read and write several of them at once. */
export function dataViewOf({ bytes, start, length }: Slice): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset + start, length)
}

/** Its own bytes, in their place. */
export function bytesOf({ bytes, start, length }: Slice): Uint8Array {
  return start === 0 && length === bytes.length ? bytes : bytes.subarray(start, start + length)
}
