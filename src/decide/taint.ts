import type { Classification, StoredColumn } from '../classify/classification.ts'
import { tableOf } from '../classify/column-name.ts'
import { shorten } from '../classify/describe.ts'
import type { SessionId } from '../statement.ts'
import { type MaskKind, type SensitiveColumns, wholeMask } from './decision.ts'
import { matchesPattern, mayMatchColumnOf } from './pattern.ts'

/** A column that was written from a sensitive one: as sensitive as its source, until someone clears its table. */
export interface Taint {
  readonly connection: string
  readonly table: string
  /** `DB.SCHEMA.TABLE.COLUMN`; `DB.SCHEMA.TABLE.*` where it may be any. */
  readonly column: string
  readonly class: string
  readonly mask: MaskKind
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
      .filter(entry => comesFrom(store, entry) && !matchesPattern(entry.pattern, store.column))
      .map(({ class: name, mask }) => ({
        pattern: store.column,
        class: name,
        mask: store.copied ? mask : wholeMask(mask),
      })),
  )
}

function comesFrom({ sources }: StoredColumn, { pattern }: SensitiveColumns): boolean {
  return sources.some(source =>
    source.endsWith('.*') ? mayMatchColumnOf(pattern, tableOf(source)) : matchesPattern(pattern, source),
  )
}

/** The judgement with what becomes sensitive in the words that people read. */
export function withTaintWords(classification: Classification, sensitive: readonly SensitiveColumns[]): Classification {
  const written = writtenSensitive(classification, sensitive)
  if (written.length === 0) return classification
  const told = [...new Set(written.map(({ pattern, class: name }) => `${pattern} (${name})`))]
  const more = told.length > 3 ? ` and ${told.length - 3} more` : ''
  const words = `makes sensitive: ${told.slice(0, 3).join(', ')}${more}`
  return { ...classification, summary: shorten(`${classification.summary}; ${words}`) }
}

/** A taint as an entry of the `sensitive` list. */
export const asSensitive = ({ column, class: name, mask }: Taint): SensitiveColumns => ({
  pattern: column,
  class: name,
  mask,
})
