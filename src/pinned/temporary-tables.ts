import type { Catalog, CatalogObject } from '../classify/catalog.ts'
import type { Classification, Hazard, StatementKind } from '../classify/classification.ts'
import { statementTokens } from '../classify/text/statement-tokens.ts'
import { isName, isWord, type Token } from '../classify/text/token.ts'
import { GatewayError } from '../errors.ts'
import type { Dialect, Statement } from '../statement.ts'
import type { PinnedSoFar } from './pinned-so-far.ts'

/** A table that one session of the warehouse has, and no other sees. */
interface TemporaryTable {
  /** Types by name, in order; absent while they are not known for certain. */
  readonly columns?: Readonly<Record<string, string>>
}

/** By full names. */
export type TemporaryTables = Readonly<Record<string, TemporaryTable>>

/** The session of temporary tables that a statement runs in, as it stood when the statement came. */
export interface TemporarySoFar extends PinnedSoFar {
  /** Those that the statement touches, by full names, with the one that it creates. */
  readonly tables: readonly string[]
  readonly creates?: string
}

const maxTemporaryTables = 20
export const maxColumns = 500

/** What their taints are kept for in place of the connection: another session's table of that name is another table. */
export function taintScope({ connection }: Pick<Statement, 'connection'>, { id }: { readonly id: string }): string {
  return `${connection}, temporary tables ${id}`
}

/** The catalog as the session of these tables sees it: its own tables come before all others. */
export function withTemporary(catalog: Catalog, tables: TemporaryTables): Catalog {
  return {
    objects: async names => {
      const others = names.filter(name => !Object.hasOwn(tables, name))
      const found = others.length > 0 || names.length === 0 ? await catalog.objects(others) : new Map()
      const own = names.flatMap(name => (Object.hasOwn(tables, name) ? [[name, objectOf(tables[name])] as const] : []))
      return new Map<string, CatalogObject>([...found, ...own])
    },
  }
}

const objectOf = (table: TemporaryTable | undefined): CatalogObject => ({
  kind: 'table',
  columns: table?.columns ?? {},
})

/** Of a text that creates something temporary. */
interface CreatesTemporary {
  /** In a form that is followed here: a table with listed columns, or from a query. */
  readonly followed: boolean
  /** Where the text of its query begins. */
  readonly queryAt?: number
}

/** Undefined for every other text, and for one that lexers could read differently. */
export function createsTemporary({ sql, dialect }: Pick<Statement, 'sql' | 'dialect'>): CreatesTemporary | undefined {
  const tokens = statementTokens(sql, dialect)
  if (!tokens || !isWord(tokens[0], 'CREATE')) return undefined
  const start = isWord(tokens[1], 'OR') && isWord(tokens[2], 'REPLACE') ? 3 : 1
  const scoped = isWord(tokens[start], 'LOCAL', 'GLOBAL') ? start + 1 : start
  if (!isWord(tokens[scoped], 'TEMP', 'TEMPORARY', 'VOLATILE')) return undefined
  const plain = scoped === start && isWord(tokens[start], 'TEMP', 'TEMPORARY') && isWord(tokens[start + 1], 'TABLE')
  return plain ? definedBy(tokens, start + 2, dialect) : { followed: false }
}

function definedBy(tokens: readonly Token[], nameAt: number, dialect: Dialect): CreatesTemporary {
  const at = afterName(tokens, nameAt)
  // BigQuery's have no data set: what names one means something else there.
  if (dialect === 'bigquery' && (at !== nameAt + 1 || tokens[nameAt]?.kind !== 'word')) return { followed: false }
  const [first, query] = tokens.slice(at, at + 2)
  if (isWord(first, 'AS') && isWord(query, 'SELECT', 'WITH', '(') && query?.at !== undefined)
    return { followed: true, queryAt: query.at }
  return { followed: isWord(first, '(') && areColumns(tokens.slice(at)) }
}

function afterName(tokens: readonly Token[], start: number): number {
  return isName(tokens[start]) && isWord(tokens[start + 1], '.') ? afterName(tokens, start + 2) : start + 1
}

/** `(name type, name type(10, 2) not null)`, and nothing besides: no default, no expression, no clause behind it. */
function areColumns(tokens: readonly Token[]): boolean {
  const marks: Readonly<Record<string, string>> = { quoted: 'q', number: '0', string: '?' }
  const text = tokens.map(({ kind, value }) => marks[kind] ?? value).join(' ')
  const type = String.raw`[A-Z]\w*(?: PRECISION)?(?: \( 0(?: , 0)? \))?`
  const column = String.raw`(?:q|[A-Z_][\w$]*) ${type}(?:(?: NOT)? NULL)?`
  return new RegExp(String.raw`^\( ${column}(?: , ${column})* \)$`).test(text)
}

const kinds: readonly StatementKind[] = ['select', 'insert', 'update', 'delete', 'merge']
/** What says nothing of other objects: anything else may resolve a name in its own way. */
const harmlessHazards: readonly Hazard[] = ['no_where', 'constant_where']

export interface Refusal {
  readonly because: string
  readonly instead: string
}

/** What a statement that has temporary tables touches and is. */
interface Touching {
  readonly dialect: Dialect
  readonly classification: Classification
  readonly tables: TemporaryTables
  readonly touched: readonly string[]
  readonly creates: CreatesTemporary | undefined
}

/** Why a statement on temporary tables is not run, by what it is. */
export function refusedForm(touching: Touching): Refusal | undefined {
  const { classification, tables, touched, creates } = touching
  const { understood, statements, kind, hazards } = classification
  const allowed = creates ? [...harmlessHazards, 'ddl'] : harmlessHazards
  const other = hazards.filter(hazard => !allowed.includes(hazard))
  const unknown = touched.find(name => tables[name]?.columns === undefined)
  if (creates ? !creates.followed : !kinds.includes(kind))
    return {
      because: `Of what is temporary only tables are kept, and only SELECT, INSERT, UPDATE, DELETE and MERGE run on them.`,
      instead: 'CREATE TEMPORARY TABLE name (column type, …), or name AS SELECT …; they end with the session.',
    }
  if (!understood || statements !== 1 || other.length > 0)
    return {
      because: `It has temporary tables, and does what cannot be followed there: ${understood ? other.join(', ') : 'it is not understood'}.`,
      instead: 'Read tables by their names alone, without views, procedures, functions of your own or dynamic SQL.',
    }
  if (unknown !== undefined)
    return {
      because: `The columns of the temporary table ${unknown} are not known for certain.`,
      instead: 'In a new session, create it with a name for each of its columns.',
    }
  return creates ? refusedCreation(touching) : undefined
}

/** BigQuery's are meant by their names alone: behind a data set the same name is a permanent one's, perhaps made since. */
export function refusedNames({ sql, dialect }: Statement, names: readonly string[]): Refusal | undefined {
  if (dialect !== 'bigquery' || names.length === 0) return undefined
  const tokens = statementTokens(sql, dialect) ?? []
  const text = tokens.map(token => (token.kind === 'symbol' || isName(token) ? token.value : '?')).join(' ')
  const paths = ` ${text.replaceAll(' . ', '.').toUpperCase()} `
  const qualified = names.find(name => {
    const [table = '', ...dataset] = name.toUpperCase().split('.').reverse()
    return dataset.length > 0 && new RegExp(String.raw`[ .]${dataset[0]}\.${table}[ .]`).test(paths)
  })
  if (qualified === undefined) return undefined
  return {
    because: `Behind a data set the name of the temporary table ${qualified} means a permanent one.`,
    instead: 'Write the name of a temporary table alone.',
  }
}

/** What their names are like, so that no two readers take one for another. */
const nameForms: Readonly<Record<Dialect, Refusal & { readonly form: RegExp }>> = {
  snowflake: {
    form: /^[A-Z_][A-Z0-9_$]*(?:\.[A-Z_][A-Z0-9_$]*){2}$/,
    because: 'The name of a temporary table has a database and a schema, of capital letters, digits and _.',
    instead: 'USE SCHEMA first, or write DATABASE.SCHEMA.TABLE without quotes.',
  },
  bigquery: {
    form: /(?:^|\.)[A-Za-z]\w{0,127}$/,
    because: 'The name of a temporary table is a letter, and letters, digits and _, without a data set.',
    instead: 'CREATE TEMP TABLE name.',
  },
}

function refusedCreation({ dialect, classification: { writes }, tables }: Touching): Refusal | undefined {
  const [name, ...more] = writes
  const { form, because, instead } = nameForms[dialect]
  if (name === undefined || more.length > 0 || !form.test(name)) return { because, instead }
  const alike = Object.keys(tables).some(other => other.toLowerCase() === name.toLowerCase())
  if (alike)
    return { because: `${name} is a temporary table of this session already.`, instead: 'Give it another name.' }
  if (Object.keys(tables).length < maxTemporaryTables) return undefined
  return {
    because: `This session has ${maxTemporaryTables} temporary tables already.`,
    instead: 'Use those, or a new session.',
  }
}

/**
 * Why it is not run, by what else is there: a temporary table hides what has its name, and a view may mean the one or the other.
 * Rejects where the catalog cannot be asked.
 */
export async function refusedSurroundings(
  catalog: Catalog,
  { reads, writes }: Classification,
  temporary: readonly string[],
): Promise<Refusal | undefined> {
  const names = [...new Set([...reads, ...writes])]
  const found = await catalog.objects([...new Set([...names, ...temporary])])
  const hidden = temporary.find(name => found.has(name))
  if (hidden !== undefined)
    return {
      because: `${hidden} is also a permanent one, which the temporary one hides.`,
      instead: 'Use another name.',
    }
  const unseen = names.find(name => !temporary.includes(name) && found.get(name)?.kind !== 'table')
  if (unseen === undefined) return undefined
  return {
    because: `It has temporary tables, and ${unseen} is not known to be a table beside them.`,
    instead: 'Read its tables themselves, in place of a view.',
  }
}

/** `names`: none where the session held no table any more. */
export function temporaryLost(names: readonly string[]): GatewayError {
  const gone = names.length === 0 ? '' : `: ${names.join(', ')} ${names.length === 1 ? 'is' : 'are'} gone`
  return new GatewayError('temporary_lost', {
    message: `The session of temporary tables has ended${gone}. Nothing ran.`,
    next: 'Log in again, or open another session, and create them anew.',
  })
}
