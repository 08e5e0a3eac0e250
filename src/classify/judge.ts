import type { Dialect } from '../statement.ts'
import { Unread } from './ast.ts'
import type { Classification, Hazard, NameContext, OutputColumn, StatementKind } from './classification.ts'
import { describe, shorten, topLevel } from './describe.ts'
import { canonicalText, type GateStatement, gate } from './gate.ts'
import { leadingReading } from './leading-tokens.ts'
import { Names } from './names.ts'
import { scanNames } from './scan-names.ts'
import { isClosed } from './scope.ts'
import { disagreement, secondVote } from './second-vote.ts'
import { type StatementReading, statementReading } from './statement-walk.ts'
import { isWord, type Token } from './token.ts'
import { type KnownColumns, type QueryResult, Walk } from './walk.ts'

/** The parsers of the two votes. Each answers the statements of a canonical text, or throws. */
export interface Parsers {
  first(text: string, dialect: Dialect): readonly unknown[]
  second(text: string, dialect: Dialect): readonly unknown[]
}

export interface JudgeInput {
  readonly sql: string
  readonly dialect: Dialect
  readonly context: NameContext
  readonly catalog: KnownColumns
}

/** One statement of the text, judged. */
interface StatementVerdict {
  readonly kind: StatementKind
  readonly cause: string | undefined
  readonly reads: readonly string[]
  readonly writes: readonly string[]
  readonly filters: readonly string[]
  readonly hazards: readonly Hazard[]
  readonly outputs: readonly OutputColumn[] | null
  readonly countable: boolean
}

/** The whole judgement of a text. Pure but for the parsers; throws only what the parsers' engines throw. */
export function judge(parsers: Parsers, input: JudgeInput): Classification {
  const passage = gate(input.sql, input.dialect)
  if (!passage.passed) return refusedByGate(input.dialect, passage.cause, passage.ambiguous)
  const verdicts = passage.statements.map(statement => statementVerdict(parsers, input, statement))
  const [only] = verdicts
  const [statement] = passage.statements
  if (verdicts.length === 1 && only !== undefined && statement !== undefined) {
    return single(parsers, input, statement, only)
  }
  return several(input.dialect, passage.statements, verdicts)
}

/** What a text is that must not be read: nothing is known but why. */
export function refusedByGate(dialect: Dialect, cause: string, ambiguous: boolean): Classification {
  return {
    dialect,
    understood: false,
    cause: ambiguous ? `The text can be read in two ways: ${cause}.` : `The text is not judged: ${cause}.`,
    statements: 0,
    kind: 'other',
    kinds: [],
    reads: [],
    writes: [],
    outputs: null,
    filters: [],
    hazards: ambiguous ? ['ambiguous_text', 'not_understood'] : ['not_understood'],
    harmless: false,
    gate: { ambiguous: ambiguous ? cause : false },
    summary: shorten(`cannot be read safely: ${cause}`),
  }
}

function single(
  parsers: Parsers,
  input: JudgeInput,
  statement: GateStatement,
  verdict: StatementVerdict,
): Classification {
  const { kind, cause, reads, writes, filters, hazards, outputs } = verdict
  const understood = cause === undefined
  const columns = outputs === null ? null : outputs.map(output => output.name)
  const count = verdict.countable ? countSql(parsers, input, statement.tokens) : undefined
  return {
    dialect: input.dialect,
    understood,
    ...(cause === undefined ? {} : { cause }),
    statements: 1,
    kind,
    kinds: [kind],
    reads,
    writes,
    outputs,
    filters,
    hazards: understood ? hazards : [...hazards, 'not_understood'],
    harmless: understood && kind === 'select' && hazards.length === 0 && writes.length === 0,
    gate: { ambiguous: false },
    summary: describe(statement.tokens, { kind, reads, writes, hazards, columns }),
    ...(count === undefined ? {} : { countSql: count }),
  }
}

function several(
  dialect: Dialect,
  statements: readonly GateStatement[],
  verdicts: readonly StatementVerdict[],
): Classification {
  const kinds = verdicts.map(verdict => verdict.kind)
  const bland: readonly StatementKind[] = ['select', 'transaction', 'show', 'describe', 'explain']
  const kind = kinds.find(each => each === 'script') ?? kinds.find(each => !bland.includes(each)) ?? kinds[0] ?? 'other'
  const cause = verdicts.find(verdict => verdict.cause !== undefined)?.cause
  const union = <T>(pick: (verdict: StatementVerdict) => readonly T[]): T[] => [...new Set(verdicts.flatMap(pick))]
  const parts = statements.map((statement, index) => {
    const verdict = verdicts[index]
    return verdict === undefined ? '' : describe(statement.tokens, { ...verdict, columns: null })
  })
  return {
    dialect,
    understood: cause === undefined,
    ...(cause === undefined ? {} : { cause }),
    statements: verdicts.length,
    kind,
    kinds,
    reads: union(verdict => verdict.reads),
    writes: union(verdict => verdict.writes),
    outputs: null,
    filters: union(verdict => verdict.filters),
    hazards: [
      ...new Set<Hazard>([
        ...union(verdict => verdict.hazards),
        'multi_statement',
        ...(cause === undefined ? [] : ['not_understood' as const]),
      ]),
    ],
    harmless: false,
    gate: { ambiguous: false },
    summary: shorten(`${verdicts.length} statements: ${parts.join('; ')}`),
  }
}

function statementVerdict(parsers: Parsers, input: JudgeInput, statement: GateStatement): StatementVerdict {
  const leading = leadingReading(statement.tokens, input.dialect)
  const names = new Names(input.dialect, input.context)
  const walk = new Walk(names, input.catalog)
  walk.hazard(...leading.hazards)
  const { reading, cause } = firstVote(parsers, input, statement, walk, leading.kind)
  const why = cause ?? againstSecond(parsers, input, statement, walk, leading.kind)
  // Where the tree was not read, the words are: never less than what was seen.
  if (cause !== undefined) {
    const scanned = scanNames(statement.tokens, names)
    for (const table of scanned.reads) walk.reads.add(table)
    for (const table of scanned.writes) walk.writes.add(table)
  }
  const told = cause === undefined && walk.filtersKnown ? reading?.result : undefined
  const outputs = told === undefined ? null : outputColumns(told)
  return {
    kind: leading.kind,
    cause: why,
    reads: [...walk.reads],
    writes: [...walk.writes],
    filters: [...walk.filters],
    hazards: [...walk.hazards],
    outputs,
    countable: why === undefined && reading?.countable === true,
  }
}

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
    const hidden = hiddenEffect[kind] ?? (walk.hazards.has('script') ? 'The body it defines is not read.' : undefined)
    return hidden === undefined ? { reading } : { reading, cause: hidden }
  } catch (error) {
    if (error instanceof Unread) return { cause: `It holds ${error.message}, which is not understood.` }
    if (isParseError(error)) return { cause: hiddenEffect[kind] ?? 'The parser does not know this form.' }
    throw error
  }
}

/** A parser's own refusal; anything else (a trap, a stack overflow) is for the pool to handle. */
export const isParseError = (error: unknown): boolean => error instanceof Error && error.name === 'ParserError'

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
    parsed = parsers.second(statement.text, input.dialect)
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
function outputColumns(result: QueryResult): readonly OutputColumn[] | null {
  if (!isClosed(result) || result.spread || result.columns.some(column => !column.flow.known)) return null
  return result.columns.map(({ name, flow }) => ({
    name,
    sources: [...flow.sources],
    indirect: [...flow.indirect].filter(source => !flow.sources.has(source)),
  }))
}

/** `select count(*) from <table> where <predicate>`, where that itself is harmless. */
function countSql(parsers: Parsers, input: JudgeInput, tokens: readonly Token[]): string | undefined {
  const update = isWord(tokens[0], 'UPDATE')
  const start = update ? 1 : isWord(tokens[1], 'FROM') ? 2 : 1
  const at = topLevel(tokens, 'WHERE')
  const end = update ? topLevel(tokens, 'SET') : at < 0 ? tokens.length : at
  const table = canonicalText(tokens.slice(start, end))
  const predicate = at < 0 ? '' : ` where ${canonicalText(tokens.slice(at + 1))}`
  const sql = `select count(*) from ${table}${predicate}`
  const verdict = judge(parsers, { ...input, sql })
  return verdict.harmless && verdict.statements === 1 ? sql : undefined
}
