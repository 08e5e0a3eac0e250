import type { Classification, Hazard, OutputColumn } from '../classify/classification.ts'
import { type MaskKind, type SensitiveColumns, wholeMask } from '../decide/decision.ts'
import { hasNameOf, matchesPattern, mayMatchColumnOf } from '../decide/pattern.ts'
import { GatewayError } from '../errors.ts'
import type { Column, WireType } from '../execute/warehouse.ts'
import type { ColumnMask, MaskPlan } from './masked.ts'

/** From the most to the least that is taken away: where several apply, the first of this list does. */
const strictness: readonly MaskKind[] = ['null', 'redact', 'hash', 'format', 'date', 'partial']

/**
 * By position: how each result column leaves. Lineage first (a column derived from a sensitive one is sensitive), names
 * second (a view hides lineage): the column's own, those of the fields inside of it, and of the columns it comes from. What is not
 * a column as it is, under its own name, is masked whole: else an expression chooses which part of the value a mask keeps, and
 * literals or another column under a sensitive name tell which value has which hash. An aggregate leaves as it is where policy says
 * so of every class it is made of. Where lineage is not known, or the result has other names than predicted, and sensitive columns
 * may be read, every column is masked whole. Rejects with `result_shape` where the result has not the predicted number of columns.
 */
export function maskPlan(
  classification: Classification,
  sensitive: readonly SensitiveColumns[],
  columns: readonly Column[],
  lineage = knownLineage(classification, columns),
): MaskPlan {
  const { outputs } = classification
  if (answersWithStatus(classification)) return statusMasks(classification, sensitive, columns)
  if (outputs !== null && outputs.length !== columns.length) {
    throw new GatewayError('result_shape', {
      detail: `predicted ${outputs.length} columns, got ${columns.length}`,
      next: 'Name its columns instead of writing *.',
    })
  }
  if (!lineage && sensitive.length > 0 && (!classification.harmless || touchesSensitive(classification, sensitive)))
    return columns.map(maskWhole)
  const inside = fieldsBehindViews(classification)
  return columns.map((column, at) => columnMask(column, lineage?.[at], sensitive, inside))
}

/**
 * Columns of answers that tell of values, by the kind of statement: a load says of each file the first one that did not fit; a plan may
 * hold a minimum that the warehouse knows without reading, and how much is left to read tells what a filter compares with.
 */
const tellingOfValues: Partial<Record<Classification['kind'], RegExp>> = { copy: /^first_error$/i, explain: /^/ }

function statusMasks(
  classification: Classification,
  sensitive: readonly SensitiveColumns[],
  columns: readonly Column[],
): MaskPlan {
  const telling = touchesSensitive(classification, sensitive) ? tellingOfValues[classification.kind] : undefined
  return columns.map((column, at) =>
    telling?.test(column.name)
      ? { ...maskWhole(column, at), column: column.name }
      : columnMask(column, undefined, sensitive),
  )
}

export type Lineage = readonly OutputColumn[] | null

/**
 * Where each of these columns comes from, `null` where that is not known. Other names than predicted: the columns came in
 * another order, so what is known of each is known of another one.
 */
export function knownLineage({ dialect, outputs }: Classification, columns: readonly Column[]): Lineage {
  const same = (a: string, b: string) => (dialect === 'bigquery' ? a.toLowerCase() === b.toLowerCase() : a === b)
  const expected = outputs?.every(({ name }, at) => name === '' || same(name, columns[at]?.name ?? ''))
  return outputs && expected && outputs.length === columns.length ? outputs : null
}

/** Understood, and of a kind whose answer is a count or a status, not rows of a table. */
export function answersWithStatus({ understood, kind, statements }: Classification): boolean {
  return understood && statements === 1 && !['select', 'call', 'script', 'other'].includes(kind)
}

/** Whether a result or an error text of this statement may show a sensitive value. Not understood: it may. */
export function touchesSensitive(classification: Classification, sensitive: readonly SensitiveColumns[]): boolean {
  const { understood, reads, writes, outputs, filters } = classification
  if (sensitive.length > 0 && !understood) return true
  const columns = [...filters, ...(outputs ?? []).flatMap(output => [...output.sources, ...output.indirect])]
  return sensitive.some(
    entry =>
      [...reads, ...writes].some(table => mayMatchColumnOf(entry.pattern, table)) ||
      columns.some(column => hasNameOf(entry.pattern, column)),
  )
}

/** Behind these there may be any table, though the statement was understood. */
const hiding: readonly Hazard[] = ['dynamic_sql', 'call', 'other_tables', 'opaque_source', 'unknown_function']

export const hidesSources = ({ hazards }: Classification): boolean => hazards.some(hazard => hiding.includes(hazard))

function columnMask(
  column: Column,
  output: OutputColumn | undefined,
  declared: readonly SensitiveColumns[],
  inside: (column: string) => readonly string[] = () => [],
): ColumnMask | null {
  const { sources = [], indirect = [], copied, aggregate } = output ?? {}
  const sensitive = declared.filter(({ clear }) => !(aggregate && clear?.includes(aggregate)))
  const from = [...sources, ...indirect]
  const byLineage = sensitive.filter(entry => from.some(source => matchesPattern(entry.pattern, source)))
  const own = [...from, ...from.flatMap(inside)]
  const names = [column.name, ...fieldNames(column.wire), ...own]
  const byName = sensitive.filter(entry => names.some(name => hasNameOf(entry.pattern, name)))
  const because = byLineage.length > 0 ? 'lineage' : 'name'
  const hit = strictest(byLineage.length > 0 ? byLineage : byName)
  if (!hit) return null
  const asItIs = copied && (because === 'lineage' || own.some(name => hasNameOf(hit.pattern, name)))
  const mask = asItIs ? hit.mask : wholeMask(hit.mask)
  return { column: column.name, mask, class: hit.class, because }
}

/** A view that is not seen through may call a column by any name, and a field of it by the one that is sensitive. */
function fieldsBehindViews({ hazards, fields = {} }: Classification): (column: string) => readonly string[] {
  if (!hazards.includes('view')) return () => []
  const named = Object.entries(fields).map(
    ([column, paths]) => [column.toLowerCase(), paths.filter(path => !path.endsWith('*'))] as const,
  )
  const byColumn = new Map(named)
  return column => byColumn.get(column.toLowerCase()) ?? []
}

/** Of all that a struct, or a list of structs, is made of. */
function fieldNames({ fields = [] }: WireType = { type: '' }): readonly string[] {
  return fields.flatMap(field => [field.name, ...fieldNames(field)])
}

/** The first of those whose mask takes most away. */
export function strictest<T extends { readonly mask: MaskKind }>(hits: readonly T[]): T | undefined {
  return strictness.flatMap(kind => hits.filter(entry => entry.mask === kind))[0]
}

/** Under a name of ours: where the lineage is not known, as after PIVOT (… IN (ANY)), a name may be a value. */
function maskWhole(_column: Column, at: number): ColumnMask {
  return { column: `column_${at + 1}`, mask: 'null', class: 'unknown', because: 'unknown_lineage' }
}
