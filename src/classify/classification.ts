import type { Dialect } from '../statement.ts'
import type { Catalog } from './catalog.ts'

/** What one statement of the text does. `other` is what was read but has no name here; it is never harmless. */
export const statementKinds = [
  'select',
  'insert',
  'update',
  'delete',
  'merge',
  'truncate',
  'create',
  'alter',
  'drop',
  'grant',
  'copy',
  'unload',
  'file',
  'call',
  'script',
  'transaction',
  'session',
  'use',
  'show',
  'describe',
  'explain',
  'other',
] as const
export type StatementKind = (typeof statementKinds)[number]

/** Those that answer with rows and change nothing by what they are. */
export const readKinds: readonly StatementKind[] = ['select', 'show', 'describe', 'explain']

/** Closed list: what makes a statement more than a plain read. Names are part of the policy language. */
export const hazards = [
  'unload', // data leaves to a stage or bucket: COPY INTO @stage, EXPORT DATA
  'export',
  'share',
  'file_transfer', // PUT, GET, REMOVE, LIST, LOAD
  'stage_read',
  'script',
  'dynamic_sql', // EXECUTE IMMEDIATE, IDENTIFIER(), TABLE($var)
  'call',
  'grant',
  'ddl',
  'deferred', // tasks, pipes, streams, alerts, dynamic tables
  'external', // external functions, EXTERNAL_QUERY, remote models
  'view', // reads something that is not a table of its own and cannot be seen through, or is not known to be one
  'other_tables', // the warehouse says that it reads tables that the text does not show, or does not say what it reads
  'opaque_source', // RESULT_SCAN, TABLE(...), table functions not on the list
  'unknown_function',
  'session_change', // USE, ALTER SESSION, SET
  'role_change',
  'multi_statement',
  'no_where', // DELETE or UPDATE without WHERE, INSERT OVERWRITE, MERGE on all rows that its source has not
  'constant_where',
  'metadata',
  'time_travel',
  'ambiguous_text',
  'not_understood',
] as const
export type Hazard = (typeof hazards)[number]

/** What these bring may come from any table: nobody sees what makes it. */
export const bringsUnseen = (found: readonly Hazard[]): boolean =>
  found.includes('opaque_source') || found.includes('unknown_function')

/** What can be made of a column without showing a value of it, or not always; a choice of the policy for each. */
export const aggregates = [
  'count',
  'count_distinct',
  'sum',
  'avg',
  'min',
  'max',
  'median',
  'stddev',
  'variance',
] as const
export type Aggregate = (typeof aggregates)[number]

export interface OutputColumn {
  readonly name: string
  /** Columns this output is computed from, `DB.SCHEMA.TABLE.COLUMN` as resolved; through a view, its column and the base's. */
  readonly sources: readonly string[]
  /** Base columns that decide which rows or branch is seen, without being part of the value (CASE, EXISTS …). */
  readonly indirect: readonly string[]
  /** Its value is that of its one source, unchanged: only then may a mask keep a part of it. */
  readonly copied?: true
  /** It is this aggregate of one unchanged column over the rows of its group, at most cast or rounded, and nothing else decides it. */
  readonly aggregate?: Aggregate
}

/** A column that a statement puts values into. */
export interface StoredColumn {
  /** `DB.SCHEMA.TABLE.COLUMN`; `DB.SCHEMA.TABLE.*` where it may be any. */
  readonly column: string
  /** Columns the values come from or hang on; `TABLE.*` where they may come from any of that table. */
  readonly sources: readonly string[]
  readonly copied?: true
}

/**
 * What `classify` answers. Where `understood` is false, `cause` says why in words, the other fields hold what is known
 * (never less than what was seen), and nothing but an explicit rule may let it pass: it is never `harmless`.
 */
export interface Classification {
  readonly dialect: Dialect
  readonly understood: boolean
  readonly cause?: string
  /** Number of statements in the text. */
  readonly statements: number
  readonly kind: StatementKind
  readonly kinds: readonly StatementKind[]
  /**
   * Tables, views and stages, fully qualified as far as text and context allow; Snowflake's unquoted names upper case. Of a
   * view, what it reads follows it.
   */
  readonly reads: readonly string[]
  readonly writes: readonly string[]
  /** One for each output column in order; `null` where lineage is not known (then sensitive tables are masked whole). */
  readonly outputs: readonly OutputColumn[] | null
  /** Where written values go and come from; absent where nothing is written into columns. */
  readonly stores?: readonly StoredColumn[]
  /** Base columns used in WHERE, JOIN, HAVING, QUALIFY, ORDER BY, GROUP BY. */
  readonly filters: readonly string[]
  readonly hazards: readonly Hazard[]
  /** Understood, exactly one query, and no hazard. */
  readonly harmless: boolean
  readonly gate: { readonly ambiguous: false | string }
  /** In plain words, for approvers: `deletes rows from SHOP.ORDERS where STATUS = 'test'`. At most 300 characters. */
  readonly summary: string
  /** For DELETE and UPDATE of one table whose predicate is harmless: the SQL that counts the rows it would touch. */
  readonly countSql?: string
  /** Version (`objectVersion`) of each object that the judgement rests on and the catalog knows, by its full name. */
  readonly schema?: Readonly<Record<string, string>>
  /** Tags of the columns it touches, `TABLE.*` for all of a table's; `null` where they are not known. */
  readonly tags?: Readonly<Record<string, readonly string[] | null>>
  /**
   * Paths of the fields inside of columns that it uses (`*` where they may have any name); of all columns where it is not known
   * which it uses.
   */
  readonly fields?: Readonly<Record<string, readonly string[]>>
  /** Rows of the largest table it touches, by the catalog; absent where that is not known of all of them. */
  readonly tableRows?: number
}

/** What the text is judged in: it decides how unqualified names resolve. */
export interface NameContext {
  readonly database?: string
  readonly schema?: string
}

/** The cause where all but this was understood: often there is no such column. */
export const untoldColumn = 'It filters, joins or orders by a column that cannot be told.'

/** The port `understand.ts` calls. Total: never throws on input, whatever it is; a dead or slow judge is `understood: false`. */
export interface Classifier {
  classify(sql: string, dialect: Dialect, context: NameContext, catalog?: Catalog): Promise<Classification>
  close(): Promise<void>
}
