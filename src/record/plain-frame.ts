/** Of a page that is kept as it is: packing it would take longer than writing it, and save a few bytes. */
export const longestPlain = 255

/**
 * A zstd frame that holds so many bytes as they are, in one raw block; its hash is on record, so it has no checksum of its own.
 * https://www.rfc-editor.org/rfc/rfc8878#section-3.1.1
 */
export function plainFrame(pieces: readonly Uint8Array[], length: number): Buffer {
  if (length > longestPlain) throw new RangeError(`${length} bytes are too many for one byte of size`)
  return Buffer.concat([magic, Buffer.of(singleSegment, length), rawBlock(length), ...pieces])
}

const magic = Buffer.of(0x28, 0xb5, 0x2f, 0xfd)
/** The content's size stands in the one byte that follows. */
const singleSegment = 0x20

/** Three bytes, the lowest first: the last block (1), raw (0), and how long it is. */
function rawBlock(length: number): Buffer {
  const header = 1 | (length << 3)
  return Buffer.of(header & 0xff, (header >> 8) & 0xff, header >> 16)
}
