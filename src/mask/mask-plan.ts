import type { Classification, OutputColumn } from '../classify/classification.ts'
import type { MaskKind, SensitiveColumns } from '../decide/decision.ts'
import { matchesPattern, mayMatchColumnOf } from '../decide/pattern.ts'
import { GatewayError } from '../errors.ts'
import type { Column } from '../execute/warehouse.ts'
import type { ColumnMask, MaskPlan } from './masked.ts'

/** From the most to the least that is taken away: where several apply, the first of this list does. */
const strictness: readonly MaskKind[] = ['null', 'redact', 'hash', 'format', 'date', 'partial']

/**
 * By position: how each result column leaves. Lineage first (a column derived from a sensitive one is sensitive), the
 * column's own name second (a view hides lineage). Where lineage is not known and sensitive columns may be read, every
 * column is masked whole. Rejects with `result_shape` where the result has not the predicted columns.
 */
export function maskPlan(
  classification: Classification,
  sensitive: readonly SensitiveColumns[],
  columns: readonly Column[],
): MaskPlan {
  const { outputs } = classification
  if (answersWithStatus(classification)) return columns.map(column => byName(column, sensitive))
  if (outputs === null) {
    const whole = sensitive.length > 0 && (!classification.harmless || touchesSensitive(classification, sensitive))
    return columns.map(column => (whole ? maskWhole(column) : byName(column, sensitive)))
  }
  if (outputs.length !== columns.length) {
    throw new GatewayError('result_shape', { detail: `predicted ${outputs.length} columns, got ${columns.length}` })
  }
  return columns.map((column, at) => byLineage(column, outputs[at], sensitive) ?? byName(column, sensitive))
}

/** Understood, and of a kind whose answer is a count or a status, not rows of a table. */
function answersWithStatus({ understood, kind, statements }: Classification): boolean {
  return understood && statements === 1 && !['select', 'call', 'script', 'other'].includes(kind)
}

/** Whether a result or an error text of this statement may show a sensitive value. Not understood: it may. */
export function touchesSensitive(classification: Classification, sensitive: readonly SensitiveColumns[]): boolean {
  const tables = [...classification.reads, ...classification.writes]
  if (sensitive.length > 0 && !classification.understood) return true
  return sensitive.some(({ pattern }) => tables.some(table => mayMatchColumnOf(pattern, table)))
}

function byLineage(
  column: Column,
  output: OutputColumn | undefined,
  sensitive: readonly SensitiveColumns[],
): ColumnMask | null {
  const hits = sensitive.filter(entry => output?.sources.some(source => matchesPattern(entry.pattern, source)))
  return strictest(column, hits, 'lineage')
}

function byName(column: Column, sensitive: readonly SensitiveColumns[]): ColumnMask | null {
  const hits = sensitive.filter(entry =>
    matchesPattern(entry.pattern.slice(entry.pattern.lastIndexOf('.') + 1), column.name),
  )
  return strictest(column, hits, 'name')
}

function strictest(
  column: Column,
  hits: readonly SensitiveColumns[],
  because: ColumnMask['because'],
): ColumnMask | null {
  const hit = strictness.flatMap(kind => hits.filter(entry => entry.mask === kind))[0]
  return hit ? { column: column.name, mask: hit.mask, class: hit.class, because } : null
}

function maskWhole(column: Column): ColumnMask {
  return { column: column.name, mask: 'null', class: 'unknown', because: 'unknown_lineage' }
}
