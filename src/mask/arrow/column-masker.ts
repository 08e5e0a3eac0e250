import type { ArrowField } from '../../execute/arrow/arrow-schema.ts'
import type { FreshBytes } from '../../execute/arrow/fresh-bytes.ts'
import { type ArrowVector, childLength } from '../../execute/arrow/record-batch.ts'
import { emptySlice, type Slice } from '../../execute/arrow/slice.ts'
import { isNullAt } from '../../execute/arrow/validity.ts'
import type { Steps } from '../../steps.ts'
import type { ContentWireMask, WireMask } from '../wire-mask.ts'
import type { Constants } from './constants.ts'
import { sameWidth } from './same-width.ts'
import { maskBinaries, maskTexts, maskWholeTexts } from './text-column.ts'
import { type ValueForm, valueForm } from './value-form.ts'

/** How one column of a stream leaves. */
export interface ColumnMasker {
  readonly field: ArrowField
  /** In steps where values are looked at one by one. */
  readonly mask: (vector: ArrowVector) => ArrowVector | Steps<ArrowVector>
}

/** Numbers and dates of one step. */
const stepRows = 4_096

/** A column without a mask leaves by its own buffers, and numbers as wide in all parts. What a mask has no form for leaves as nulls. */
export function columnMasker(
  came: ArrowField,
  mask: WireMask | null,
  constants: Constants,
  fresh: FreshBytes,
): ColumnMasker {
  const same = sameWidth(came, fresh)
  if (!mask) return { field: same?.field ?? came, mask: same?.widen ?? (vector => vector) }
  const declared = same?.field ?? came
  const field = { ...declared, nullable: true }
  const { name, offsetWidth } = field.type.form
  if (mask.kind === 'content') return { field, mask: vector => lookThrough(field, vector, mask) }
  const isText = offsetWidth !== undefined && name.endsWith('utf8')
  if (isText && mask.kind === 'value')
    return { field, mask: vector => maskWholeTexts(vector, offsetWidth, mask, fresh) }
  if (isText && mask.kind === 'constant' && mask.text !== null) {
    const { text } = mask
    return { field, mask: vector => constantTexts(vector, constants.texts(text, vector.length, offsetWidth)) }
  }
  const form = mask.kind === 'value' ? valueForm(field) : undefined
  if (form && mask.kind === 'value')
    return { field: form.field, mask: vector => maskValues(same?.widen(vector) ?? vector, form, mask.hide) }
  // BigQuery knows no null in place of an array.
  if (field.type.form.layout === 'list' && !declared.nullable)
    return { field: declared, mask: vector => emptied(declared, vector.length, constants) }
  return { field, mask: vector => nulls(field, vector.length, constants) }
}

/** Rows that are null stay null. */
function constantTexts(vector: ArrowVector, texts: readonly Slice[]): ArrowVector {
  const [validity = emptySlice] = vector.buffers
  return { ...vector, buffers: [validity, ...texts] }
}

/**
 * Detectors look into every text and all bytes of a nested column, names of a map's entries too. What they find counts as often as
 * it is found.
 */
function* lookThrough(field: ArrowField, vector: ArrowVector, mask: ContentWireMask): Steps<ArrowVector> {
  const { name, offsetWidth } = field.type.form
  if (offsetWidth && name.endsWith('utf8')) return yield* maskTexts(vector, offsetWidth, mask, field.nullable)
  if (offsetWidth && name.endsWith('binary')) return yield* maskBinaries(vector, offsetWidth, mask, field.nullable)
  if (vector.children.length === 0) return vector
  const children: ArrowVector[] = []
  for (const [at, child] of vector.children.entries()) {
    const part = field.children[at]
    children.push(part ? yield* lookThrough(part, child, mask.part(part.name)) : child)
  }
  return { ...vector, children }
}

function* maskValues(vector: ArrowVector, form: ValueForm, hide: (text: string) => string | null): Steps<ArrowVector> {
  const [validity = emptySlice] = vector.buffers
  const read = form.read(vector)
  const texts: (string | null)[] = []
  for (let row = 0; row < vector.length; row++) {
    if (row % stepRows === stepRows - 1) yield
    texts.push(isNullAt(validity, row) ? null : hide(read(row)))
  }
  return form.write(texts)
}

/** As many nulls, with nothing but zeros behind them. */
function nulls(field: ArrowField, length: number, constants: Constants): ArrowVector {
  const hollow = emptied(field, length, constants)
  const [, ...values] = hollow.buffers
  if (field.type.form.layout === 'none') return hollow
  return { ...hollow, nullCount: length, buffers: [constants.zeros(Math.ceil(length / 8)), ...values] }
}

/** As many values, none of them null, each of them zero or empty. */
function emptied(field: ArrowField, length: number, constants: Constants): ArrowVector {
  const { form, bits } = field.type
  const buffers: Slice[] = form.layout === 'none' ? [] : [emptySlice]
  if (form.offsetWidth) buffers.push(constants.zeros((length + 1) * form.offsetWidth))
  if (form.layout === 'variable') buffers.push(emptySlice)
  if (form.layout === 'fixed') buffers.push(constants.zeros(Math.ceil((length * bits) / 8)))
  const children = field.children.map(child => emptied(child, childLength(field, length) ?? 0, constants))
  return { length, nullCount: form.layout === 'none' ? length : 0, buffers, children }
}
