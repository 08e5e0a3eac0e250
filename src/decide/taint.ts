import type { Classification, StoredColumn } from '../classify/classification.ts'
import { tableOf } from '../classify/column-name.ts'
import { withWords } from '../classify/describe.ts'
import type { SessionId } from '../statement.ts'
import { type MaskKind, type SensitiveColumns, wholeMask } from './decision.ts'
import { hasNameOf, matchesPattern, mayMatchColumnOf } from './pattern.ts'

export interface TaintedColumn {
  /** `DB.SCHEMA.TABLE.COLUMN`; `DB.SCHEMA.TABLE.*` where it may be any. */
  readonly column: string
  readonly class: string
  readonly mask: MaskKind
}

/** A column that was written from a sensitive one: as sensitive as its source, until someone clears its table. */
export interface Taint extends TaintedColumn {
  readonly connection: string
  readonly table: string
  /** The statement that wrote it. */
  readonly session: SessionId
  /** Milliseconds since the epoch. */
  readonly at: number
}

/** What the policy would say of the columns that this statement writes from sensitive ones. Values that were computed are masked whole. */
export function writtenSensitive(
  { stores = [] }: Classification,
  sensitive: readonly SensitiveColumns[],
): readonly SensitiveColumns[] {
  return stores.flatMap(store =>
    sensitive
      .filter(entry => comesFrom(store, entry) && !isCovered(store, entry))
      .map(({ class: name, mask }) => ({
        pattern: store.column,
        class: name,
        mask: store.copied ? mask : wholeMask(mask),
      })),
  )
}

/** Stands for a name that no pattern spells out. */
const anyName = '\0'
/** What is kept of what was made of a value is whatever part of it an expression puts there. */
const keepParts: readonly MaskKind[] = ['partial', 'date']

/**
 * Policy says so of the column without a taint. Where that may be any of its table, it has to say so of each of them: only a table
 * that is copied whole keeps its names. A name alone is enough where it was no more than that before.
 */
function isCovered(store: StoredColumn, { pattern, mask }: SensitiveColumns): boolean {
  const { column, copied, sources } = store
  if (!copied && keepParts.includes(mask)) return false
  const keepsNames = copied && sources.every(source => source.endsWith('.*'))
  const name = keepsNames ? column : column.replace(/\*$/, anyName)
  return matchesPattern(pattern, name) || (!isDeclared(store, pattern) && hasNameOf(pattern, name))
}

/** By its own name, or by that of a column of the policy, whose values are masked in results as well. */
function comesFrom(store: StoredColumn, { pattern, written }: SensitiveColumns): boolean {
  const named = (source: string) => !written && !source.endsWith('.*') && hasNameOf(pattern, source)
  return isDeclared(store, pattern) || store.sources.some(named)
}

const isDeclared = ({ sources }: StoredColumn, pattern: string): boolean =>
  sources.some(source =>
    source.endsWith('.*') ? mayMatchColumnOf(pattern, tableOf(source)) : matchesPattern(pattern, source),
  )

/** The judgement with what becomes sensitive in the words that people read. */
export function withTaintWords(classification: Classification, sensitive: readonly SensitiveColumns[]): Classification {
  const written = writtenSensitive(classification, sensitive)
  if (written.length === 0) return classification
  const told = [...new Set(written.map(({ pattern, class: name }) => `${pattern} (${name})`))]
  const more = told.length > 3 ? ` and ${told.length - 3} more` : ''
  const words = `makes sensitive: ${told.slice(0, 3).join(', ')}${more}`
  return { ...classification, summary: withWords(classification.summary, words) }
}

/** A taint as an entry of the `sensitive` list. */
export const asSensitive = ({ column, class: name, mask }: TaintedColumn): SensitiveColumns => ({
  pattern: column,
  class: name,
  mask,
  written: true,
})

/** The taints in a `sensitive` list. */
export const taintsIn = (sensitive: readonly SensitiveColumns[]): readonly TaintedColumn[] =>
  sensitive
    .filter(({ written }) => written)
    .map(({ pattern: column, class: name, mask }) => ({ column, class: name, mask }))
