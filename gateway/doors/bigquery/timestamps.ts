import { GatewayError } from '#src/errors.ts'
import { rangeText, type TimestampFormat, timestampText } from '#src/execute/bigquery-text.ts'
import type { Column, WireType } from '#src/execute/warehouse.ts'
import { wireOf } from '#src/execute/wire-codecs.ts'
import { maskOfParts } from '#src/mask/field-mask.ts'
import { maskBigqueryRows } from '#src/mask/mask-bigquery-rows.ts'
import type { MaskedPage } from '#src/mask/masked.ts'
import type { WireMask } from '#src/mask/wire-mask.ts'
import { wholeBytes } from '#src/whole-bytes.ts'

/** The rows of a page with instants in the format that a client asked for; they are recorded in microseconds. */
export function rowsWith(format: TimestampFormat, columns: readonly Column[]): (page: MaskedPage) => Uint8Array {
  const rewritten = columns.map(column => maskOfParts(wireOf(column), type => inFormat(type, format)))
  const asRecorded = format === 'INT64' || rewritten.every(mask => mask === null)
  return page => (asRecorded ? rowsOf(page) : maskBigqueryRows(rowsOf(page), rewritten))
}

/** A connection of this door is one to BigQuery. */
function rowsOf(page: MaskedPage): Uint8Array {
  if (page.form === 'bigquery-rows') return wholeBytes(page.pieces)
  throw new GatewayError('result_shape', { detail: `a result in the form ${page.form}` })
}

function inFormat({ type, element }: WireType, format: TimestampFormat): WireMask | null {
  if (type === 'TIMESTAMP') return { kind: 'value', hide: text => timestampText(text, format) }
  if (type === 'RANGE' && element === 'TIMESTAMP') return { kind: 'value', hide: text => rangeText(text, format) }
  return null
}
