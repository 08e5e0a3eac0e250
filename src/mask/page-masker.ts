import type { DetectedContent } from '../decide/decision.ts'
import { bigqueryTypes } from '../execute/bigquery-text.ts'
import type { Column, WireType } from '../execute/warehouse.ts'
import { wireCodecs, wireOf } from '../execute/wire-codecs.ts'
import type { WireForm, WirePage } from '../execute/wire-page.ts'
import type { Steps } from '../steps.ts'
import { wholeBytes } from '../whole-bytes.ts'
import { type ArrowColumn, ArrowMasker } from './arrow/arrow-masker.ts'
import { type ContentMask, contentMask } from './content-mask.ts'
import type { DetectionTally } from './detection-tally.ts'
import { maskOfParts } from './field-mask.ts'
import { maskBigqueryRows } from './mask-bigquery-rows.ts'
import { maskEncoded } from './mask-bytes.ts'
import { isTelling } from './mask-member.ts'
import { maskRowset } from './mask-rowset.ts'
import type { ColumnMask } from './masked.ts'
import { type WireMask, wireContentMask, wireMask } from './wire-mask.ts'

/** How one column leaves: by its mask, or else by what is found in it. */
export interface ColumnPlan {
  readonly column: Column
  readonly mask: ColumnMask | null
  readonly content: readonly DetectedContent[]
  /** What it is called in the warehouse, and what the columns are that it comes from. */
  readonly names: readonly string[]
}

/**
 * Masks the bytes of one page, in pieces: of Arrow, nothing that leaves as it came is copied, and `free` gives back the memory of what
 * does not. Throws `result_shape` where they are not rows of so many columns. One page after the other.
 */
export type MaskPieces = (pieces: WirePage['pieces']) => MaskedPieces | Steps<MaskedPieces>

type MaskedPieces = Pick<WirePage, 'pieces' | 'free'>

/** For the columns of one result, by the form of its pages. `key` as for `maskValue`. */
export const pageMaskers: Readonly<
  Record<WireForm, (plan: readonly ColumnPlan[], key: string, tally: DetectionTally) => MaskPieces>
> = {
  'snowflake-rowset': (plan, key, tally) => {
    const masks = plan.map((each, at) => {
      const { column, names } = each
      const done = () => tally.endCell(at)
      const found = (detectors: ContentMask) =>
        contentOf(column.type, detectors, tally, { names, encoding: 'hex', done })
      return columnMask('snowflake-rowset', each, key, found)
    })
    return pieces => ({ pieces: [maskRowset(wholeBytes(pieces), masks)] })
  },
  'bigquery-rows': (plan, key, tally) => {
    const masks = plan.map((each, at) =>
      columnMask('bigquery-rows', each, key, detectors => fieldContent(each, detectors, tally, at)),
    )
    return pieces => ({ pieces: [maskBigqueryRows(wholeBytes(pieces), masks)] })
  },
  'snowflake-arrow': (plan, key, tally) => {
    const columns = plan.map((each, at): ArrowColumn => {
      const { column, names } = each
      const done = () => tally.endCell(at)
      const found = (detectors: ContentMask) => contentOf(column.type, detectors, tally, { names, done })
      return { name: column.name, mask: columnMask('snowflake-arrow', each, key, found) }
    })
    const masker = new ArrowMasker(columns)
    return pieces => masker.mask(pieces)
  },
}

function columnMask<Found>(
  form: WireForm,
  { column, mask, content }: ColumnPlan,
  key: string,
  found: (detectors: ContentMask) => Found,
): WireMask | Found | null {
  if (mask) return wireMask(mask.mask, column.type, key, wireCodecs[form](column))
  const detectors = contentMask(content, key)
  return detectors ? found(detectors) : null
}

/** What is looked through, and how it is told of. */
interface Looked {
  /** What it, and what it comes from, is called. */
  readonly names: readonly string[]
  /** As which bytes come, where they come as text. */
  readonly encoding?: 'hex' | 'base64'
  readonly done?: () => void
}

/** Detectors look at words, and not at numbers, dates and the like. */
function contentOf(
  type: Column['type'],
  detectors: ContentMask,
  { report }: DetectionTally,
  { names, encoding, done }: Looked,
): WireMask | null {
  if (type !== 'string' && type !== 'json' && type !== 'binary') return null
  const mask = wireContentMask(detectors, type === 'json' ? 'json' : 'string', report, done, names)
  return type === 'binary' && encoding ? { kind: 'value', hide: maskEncoded(mask.hideBytes, encoding) } : mask
}

/** However many of the parts of a nested field something is found in, it is one cell. */
function fieldContent({ column, names }: ColumnPlan, detectors: ContentMask, tally: DetectionTally, at: number) {
  const done = () => tally.endCell(at)
  const wire = wireOf(column)
  const encoding = 'base64'
  if (!wire.repeated && !wire.fields) return contentOf(column.type, detectors, tally, { names, encoding, done })
  const part = ({ type }: WireType, name: string) =>
    contentOf(bigqueryTypes[type] ?? 'string', detectors, tally, { names: [name], encoding })
  return maskOfParts(wire, part, done, names.find(isTelling))
}
