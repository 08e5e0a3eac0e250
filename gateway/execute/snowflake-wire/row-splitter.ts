import { GatewayError } from '#src/errors.ts'

/** A row with a few cells of the most that Snowflake holds in one (128 MiB). */
const maxRowBytes = 512 * 1024 * 1024
/** Enough that parsing pays, little enough that no page is large. */
const batchBytes = 256 * 1024

const [quote, backslash, open, close] = [0x22, 0x5c, 0x5b, 0x5d]

/**
 * Rows of a JSON file of a result (`["1","a"],["2",null]`: arrays without brackets around them) as it arrives: never more
 * than about 256 KiB or one row of it is kept. Rejects with `result_shape` where the bytes are not that.
 */
export async function* splitRows(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<readonly unknown[][]> {
  const scan = new RowScan()
  for await (const part of bytes) {
    const rows = scan.add(part)
    if (rows) yield rows
  }
  yield scan.rest()
}

class RowScan {
  /** What was not parsed yet. */
  #parts: Uint8Array[] = []
  #bytes = 0
  /** Up to where it is whole rows. */
  #whole = 0
  #depth = 0
  #inText = false
  #escaped = false

  /** Whole rows, once there are enough of them. */
  add(part: Uint8Array): readonly unknown[][] | undefined {
    this.#look(part)
    this.#parts.push(part)
    this.#bytes += part.length
    if (this.#bytes - this.#whole > maxRowBytes) throw malformed()
    return this.#whole < batchBytes ? undefined : this.#take()
  }

  rest(): readonly unknown[][] {
    const rows = this.#take()
    if (Buffer.concat(this.#parts).toString().trim() !== '') throw malformed()
    return rows
  }

  #look(part: Uint8Array): void {
    for (let at = 0; at < part.length; at++) {
      const byte = part[at]
      if (this.#inText) {
        if (this.#escaped) this.#escaped = false
        else if (byte === backslash) this.#escaped = true
        else if (byte === quote) this.#inText = false
      } else if (byte === quote) this.#inText = true
      else if (byte === open) this.#depth++
      else if (byte === close && --this.#depth === 0) this.#whole = this.#bytes + at + 1
    }
  }

  #take(): readonly unknown[][] {
    const kept = Buffer.concat(this.#parts)
    const text = kept.toString('utf8', 0, this.#whole)
    const left = kept.subarray(this.#whole)
    this.#parts = left.length > 0 ? [left] : []
    this.#bytes = left.length
    this.#whole = 0
    return parsedRows(`[${text.replace(/^\s*,/, '')}]`)
  }
}

function parsedRows(text: string): readonly unknown[][] {
  let rows: unknown
  try {
    rows = JSON.parse(text)
  } catch {
    throw malformed()
  }
  if (!Array.isArray(rows) || !rows.every(Array.isArray)) throw malformed()
  return rows
}

function malformed(): GatewayError {
  return new GatewayError('result_shape', { detail: 'a part of the result is not rows of JSON' })
}
