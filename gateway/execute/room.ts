/**
 * Bytes that are not zeroed: no more of them is read than was written. Not a Buffer: arrays of one class only are what keeps the loops
 * over them fast.
 */
export function room(size: number): Uint8Array {
  return new Uint8Array(Buffer.allocUnsafeSlow(size).buffer)
}
