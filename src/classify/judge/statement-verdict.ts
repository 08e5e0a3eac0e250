import type { Dialect } from '../../statement.ts'
import type { CatalogObjects } from '../catalog.ts'
import {
  bringsUnseen,
  type Hazard,
  type NameContext,
  type OutputColumn,
  type StatementKind,
  type StoredColumn,
  untoldColumn,
} from '../classification.ts'
import { anyTable, isContainer, ownerOf, tableOf } from '../column-name.ts'
import { canonicalText, type GateStatement } from '../gate.ts'
import { leadingReading } from '../text/leading-tokens.ts'
import { withoutPlainParts } from '../text/without-plain-parts.ts'
import { Unread } from '../walk/ast.ts'
import { type Flow, joinFlows } from '../walk/flow.ts'
import { Names } from '../walk/names.ts'
import { isClosed } from '../walk/scope.ts'
import { type StatementReading, statementReading } from '../walk/statement-walk.ts'
import { stageName } from '../walk/table-walk.ts'
import { ViewReadings } from '../walk/view-readings.ts'
import { type Declared, nothingDeclared, type QueryResult, Walk } from '../walk/walk.ts'
import { executedStatements } from './executed-texts.ts'
import { definedNames, namedIn } from './scan-names.ts'
import { disagreement, secondVote, withoutUsing } from './second-vote.ts'
import { wordHazards } from './word-hazards.ts'

/** The parsers of the two votes. Each answers the statements of a canonical text, or throws. */
export interface Parsers {
  first(text: string, dialect: Dialect): readonly unknown[]
  second(text: string, dialect: Dialect): readonly unknown[]
}

export interface JudgeInput {
  readonly sql: string
  readonly dialect: Dialect
  readonly context: NameContext
  readonly catalog: CatalogObjects
  /** By the script that the text is a step of. */
  readonly declared?: Declared
}

/** One statement of the text, judged. */
export interface StatementVerdict {
  readonly kind: StatementKind
  readonly cause: string | undefined
  /** As the statement itself names them. */
  readonly reads: readonly string[]
  /** What it reads through views, and does not name. */
  readonly through: readonly string[]
  /** Every view that is read, and what is read through it. */
  readonly views: ReadonlyMap<string, readonly string[]>
  readonly writes: readonly string[]
  readonly filters: readonly string[]
  readonly hazards: readonly Hazard[]
  readonly outputs: readonly OutputColumn[] | null
  /** What it gives, where that is a query's result that was read. */
  readonly result: QueryResult | undefined
  readonly stores: readonly StoredColumn[]
  readonly countable: boolean
}

/** Both votes on one statement, and our own reading of its first words. */
export function statementVerdict(
  parsers: Parsers,
  input: JudgeInput,
  statement: GateStatement,
  definitions = viewReadings(parsers, input),
): StatementVerdict {
  const leading = leadingReading(statement.written, input.dialect)
  const names = new Names(input.dialect, input.context)
  const walk = new Walk(names, input.catalog, definitions, input.declared ?? nothingDeclared)
  walk.hazard(...leading.hazards)
  const { reading, cause } = firstVote(parsers, input, statement, walk, leading.kind)
  if (cause === undefined && walk.writes.size === 0)
    for (const name of definedNames(statement.tokens, names)) walk.writes.add(name)
  const why = cause ?? againstSecond(parsers, input, statement, walk, leading.kind) ?? againstFilters(walk)
  if (cause !== undefined) addWords(walk, statement, input.dialect)
  nameStages(walk, statement)
  const told = cause === undefined && walk.filtersKnown ? reading?.result : undefined
  const outputs = told === undefined ? null : outputColumns(told, walk.views)
  return {
    kind: leading.kind,
    cause: why,
    reads: [...walk.reads],
    through: [...new Set([...walk.views.values()].flat())].filter(name => !walk.reads.has(name)),
    views: walk.views,
    writes: [...walk.writes],
    filters: [...walk.filters],
    stores: storedColumns(walk, leading.kind, why === undefined),
    hazards: [...walk.hazards],
    outputs,
    result: reading?.result,
    countable: why === undefined && reading?.countable === true,
  }
}

/** Where the tree was not read, the words are, and those of a text that it runs: never less than what was seen. */
function addWords(walk: Walk, { tokens, written }: GateStatement, dialect: Dialect): void {
  const executed = executedStatements([written], dialect)
  for (const words of [written, ...executed]) walk.hazard(...wordHazards(words, walk.names))
  const { reads, writes } = namedIn([tokens, ...executed], walk.names)
  for (const table of reads) walk.reads.add(table)
  for (const table of writes) walk.writes.add(table)
}

/** Whatever a parser makes of one, each stage of the text is read where it is not written: `DIRECTORY(@d.s.stage)`. */
function nameStages(walk: Walk, { tokens }: GateStatement): void {
  for (const { kind, text } of tokens) {
    const isNamed = (name: string) => ownerOf(name) === ownerOf(text)
    if (kind !== 'stage' || [...walk.reads, ...walk.writes].some(isNamed)) continue
    walk.hazard('stage_read')
    walk.reads.add(stageName([{ text, quoted: false }]))
  }
}

/** Definitions are judged like statements, and their own views by the same readings. No script's variable means anything in there. */
function viewReadings(parsers: Parsers, input: JudgeInput): ViewReadings {
  const readings: ViewReadings = new ViewReadings(input.dialect, (query, context) =>
    statementVerdict(parsers, { ...input, context, declared: nothingDeclared }, query, readings),
  )
  return readings
}

export const unreadBody = 'The body it defines is not read.'

/** A rule about filters cannot be asked where a filter may be on any column. */
const againstFilters = (walk: Walk): string | undefined => (walk.filtersKnown ? undefined : untoldColumn)

/** Kinds whose effect is not in their text, so that reading the text is not understanding it. */
const hiddenEffect: Partial<Record<StatementKind, string>> = {
  script: 'A script or dynamic SQL decides while it runs what it does.',
  call: 'A procedure may do anything.',
  other: 'This kind of statement is not known.',
}

function firstVote(
  parsers: Parsers,
  input: JudgeInput,
  statement: GateStatement,
  walk: Walk,
  kind: StatementKind,
): { reading?: StatementReading; cause?: string } {
  try {
    const parsed = parsers.first(statement.text, input.dialect)
    if (parsed.length !== 1) return { cause: 'The parser sees more than one statement where there should be one.' }
    const reading = statementReading(walk, parsed[0])
    if (reading.kind !== kind) return { reading, cause: `It begins like ${kind}, but parses as ${reading.kind}.` }
    const hidden = hiddenEffect[kind] ?? (walk.hazards.has('script') ? unreadBody : undefined)
    return hidden === undefined ? { reading } : { reading, cause: hidden }
  } catch (error) {
    if (error instanceof Unread) return { cause: `It holds ${error.message}, which is not understood.` }
    if (isParseError(error)) return { cause: hiddenEffect[kind] ?? 'The parser does not know this form.' }
    throw error
  }
}

/** A parser's own refusal; anything else (a trap, a stack overflow) is for the pool to handle. */
const isParseError = (error: unknown): boolean => error instanceof Error && error.name === 'ParserError'

function againstSecond(
  parsers: Parsers,
  input: JudgeInput,
  statement: GateStatement,
  walk: Walk,
  kind: StatementKind,
): string | undefined {
  const voting: readonly StatementKind[] = [
    'select',
    'insert',
    'update',
    'delete',
    'merge',
    'truncate',
    'create',
    'alter',
    'drop',
    'copy',
    'unload',
  ]
  if (!voting.includes(kind)) return undefined
  let parsed: readonly unknown[]
  try {
    parsed = parsers.second(canonicalText(withoutPlainParts(withoutUsing(statement.tokens))), input.dialect)
  } catch (error) {
    if (isParseError(error)) return 'The second parser does not know this form.'
    throw error
  }
  if (parsed.length !== 1) return 'The second parser sees more than one statement.'
  const vote = secondVote(walk.names, parsed[0])
  const difference = disagreement(kind, new Set([...walk.reads, ...walk.writes]), walk.arrays, vote)
  return difference === undefined ? undefined : `Not sure: ${difference}.`
}

/** The columns of the result; `null` where one of them, or their number, is not known. */
function outputColumns(
  result: QueryResult,
  views: ReadonlyMap<string, readonly string[]>,
): readonly OutputColumn[] | null {
  if (!isClosed(result) || result.spread || result.columns.some(column => !column.flow.known)) return null
  return shownColumns(result).map(({ name, flow }) => ({
    name,
    sources: [...flow.sources],
    indirect: [...flow.indirect].filter(source => !flow.sources.has(source)),
    // Beside the values of another column, known ones could be put through the same mask and looked up.
    ...(flow.aggregate && { aggregate: flow.aggregate }),
    ...(flow.copied && [...flow.sources].filter(source => isBase(views, source)).length === 1
      ? { copied: true as const }
      : {}),
  }))
}

/** Where it is not known which column stands where, those of one name may be either. */
function shownColumns({ columns, unordered }: QueryResult): QueryResult['columns'] {
  if (!unordered) return columns
  const flows = new Map<string, Flow>()
  for (const { key, flow } of columns) flows.set(key, joinFlows([flows.get(key) ?? flow, flow]))
  return columns.map(column => ({ ...column, flow: flows.get(column.key) ?? column.flow }))
}

/** Kinds that put nothing into columns, whatever they read. */
const storingNothing: readonly StatementKind[] = [
  'delete',
  'truncate',
  'drop',
  'grant',
  'use',
  'session',
  'transaction',
]

/** Whether one may put into what it writes what was there before. */
export function keepsOwnValues(kind: StatementKind): boolean {
  return !['insert', 'create', 'copy', 'unload'].includes(kind)
}

const anyColumn = `${anyTable}.*`

/**
 * Where the statement was not understood, all that it reads may be in all that it writes; and what was in one column of that may
 * be in another. An earlier result may hold what was in any table, and a function may have read it there.
 */
function storedColumns(walk: Walk, kind: StatementKind, understood: boolean): readonly StoredColumn[] {
  const isOpaque = walk.hazards.has('opaque_source')
  const read = [...walk.reads, ...[...walk.views.values()].flat()].map(name => `${ownerOf(name)}.*`)
  if (understood) {
    return [...walk.stores].map(([column, { sources, indirect, known, copied, hidden }]) => ({
      column,
      sources: [
        ...new Set([...sources, ...indirect, ...(known ? [] : read)]),
        ...(hidden || (isOpaque && (!known || sources.size > 0)) ? [anyColumn] : []),
      ],
      ...(known && !isOpaque && copied && [...sources].filter(source => isBase(walk.views, source)).length === 1
        ? { copied: true as const }
        : {}),
    }))
  }
  if (storingNothing.includes(kind)) return []
  const keeps = keepsOwnValues(kind) && !isAloneContainer(walk.writes)
  const anything = [...read, ...(bringsUnseen([...walk.hazards]) ? [anyColumn] : [])]
  const all = [...walk.writes].map(name => `${ownerOf(name)}.*`)
  // Of two names that follow TABLE, as in CREATE STREAM s ON TABLE t, one may be what is read.
  const from = (column: string) => [...anything, ...all.filter(each => keeps || each !== column)]
  // A procedure that is told of one table brings nothing into it that anybody knows of.
  const other = (column: string) => from(column).filter(source => kind !== 'call' || source !== column)
  return all.map(column => ({ column, sources: other(column) }))
}

/** Settings of a schema put no value anywhere; what it is called from then on, or is swapped with, has them. */
function isAloneContainer(writes: ReadonlySet<string>): boolean {
  return writes.size === 1 && [...writes].every(name => isContainer(name) && name !== anyTable)
}

/** Not of a view: behind it stands another column. */
const isBase = (views: ReadonlyMap<string, unknown>, column: string): boolean => !views.has(tableOf(column))
