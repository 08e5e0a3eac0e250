/**
 * Gives memory back at once, which the engine does late: what large results leave behind would pile up. For whoever is the last to
 * read the bytes, and all else in their buffer; what still refers to them finds them empty. Small ones are left to the engine.
 */
export function freeBytes({ buffer }: Uint8Array): void {
  // Up to that size it may be the pool, of which many have a part.
  if (buffer instanceof ArrayBuffer && buffer.byteLength > Buffer.poolSize) buffer.transfer(0)
}
