import type { Classification, StoredColumn } from '../classify/classification.ts'
import { anyTable } from '../classify/column-name.ts'
import { withWords } from '../classify/describe.ts'
import type { SensitiveColumns } from './decision.ts'
import { globMatches, mayMatchColumnOf } from './pattern.ts'

/**
 * What the warehouse is asked about statements that nobody will look at: `always`; or only for `risky` ones, which do more than
 * read, or read tables that may hold sensitive columns; or, in BigQuery, a name that its catalog does not know: an array in a table
 * may be named like one.
 */
export const verifications = ['always', 'risky'] as const
export type Verification = (typeof verifications)[number]

export function isVerified(
  verify: Verification,
  { dialect, harmless, reads, writes, schema = {} }: Classification,
  sensitive: readonly SensitiveColumns[],
): boolean {
  const tables = [...reads, ...writes]
  return (
    verify === 'always' ||
    !harmless ||
    (dialect === 'bigquery' && reads.some(name => !(name in schema))) ||
    sensitive.some(({ pattern }) => tables.some(name => mayMatchColumnOf(pattern, name)))
  )
}

/**
 * The judgement after the warehouse said which tables it reads for this text. One that we did not see there means that we read
 * the text in another way, or that something hides it: hazard `other_tables`, and no lineage is believed. The same where the
 * warehouse does not say (`undefined`). What we saw and it does not read is no matter: its optimizer leaves out what has no
 * effect. What tags its columns carry is not known either.
 */
export function withWarehouseReading(
  classification: Classification,
  tables: readonly string[] | undefined,
): Classification {
  const { tags, stores, ...rest } = classification
  const { reads, writes, dialect, hazards, summary } = classification
  const seen = [...reads, ...writes].map(unquoted)
  const isSeen = (table: string) =>
    seen.some(name => name === table || (dialect === 'bigquery' && name.endsWith('*') && globMatches(name, table)))
  const unseen = tables?.filter(table => !isSeen(unquoted(table)))
  if (unseen?.length === 0) return classification
  const told = unseen ? `the warehouse also reads ${unseen.join(', ')}` : 'the warehouse does not say what it reads'
  const untold = unseen?.map(table => [`${table}.*`, null] as const)
  return {
    ...rest,
    ...(tags && untold && { tags: { ...tags, ...Object.fromEntries(untold) } }),
    ...(stores && { stores: stores.map(store => storedFrom(store, unseen ?? [anyTable])) }),
    reads: [...reads, ...(unseen ?? [])],
    outputs: null,
    harmless: false,
    hazards: [...hazards, 'other_tables'],
    summary: withWords(summary, told),
  }
}

/** What is written may come from any of these tables as well. */
function storedFrom({ column, sources }: StoredColumn, tables: readonly string[]): StoredColumn {
  return { column, sources: [...sources, ...tables.map(table => `${table}.*`)] }
}

/** Names are quoted here and there: each side has its own rule when. A part that holds a dot keeps its quotes. */
const unquoted = (name: string): string => name.replace(/"([^".]+)"/g, '$1')
