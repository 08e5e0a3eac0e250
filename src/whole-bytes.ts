/** Bytes that come in pieces, in one place: where they are of one piece, in its own. */
export function wholeBytes(pieces: readonly Uint8Array[]): Uint8Array {
  const [first] = pieces
  return first && pieces.length === 1 ? first : Buffer.concat(pieces)
}
