import type { Dialect } from '../../statement.ts'
import type { Classification, Hazard, StatementKind, StoredColumn } from '../classification.ts'
import { anyTable, ownerOf, tableOf } from '../column-name.ts'
import { describe, shorten, topLevel } from '../describe.ts'
import { canonicalText, type GateStatement, gate } from '../gate.ts'
import { isWord, type Token } from '../text/token.ts'
import { bringsAnything } from './executed-texts.ts'
import { byGravity } from './gravity.ts'
import { notJudged } from './not-judged.ts'
import { scriptVerdicts } from './script-verdicts.ts'
import { type JudgeInput, type Parsers, type StatementVerdict, statementVerdict } from './statement-verdict.ts'
import { withinLimits } from './within-limits.ts'

/** The whole judgement of a text. Pure but for the parsers; throws only what the parsers' engines throw. */
export function judge(parsers: Parsers, input: JudgeInput): Classification {
  const passage = gate(input.sql, input.dialect)
  if (!passage.passed) return refusedByGate(input.dialect, passage.cause, passage.ambiguous)
  const [statement, ...more] = passage.statements
  const judgement =
    statement !== undefined && more.length === 0
      ? single(parsers, input, statement, statementVerdict(parsers, input, statement))
      : several(input.dialect, passage.statements, scriptVerdicts(parsers, input, passage.statements))
  return withinLimits(judgement)
}

/** What a text is that must not be read: nothing is known but why. */
function refusedByGate(dialect: Dialect, cause: string, ambiguous: boolean): Classification {
  const told = ambiguous ? `The text can be read in two ways: ${cause}.` : `The text is not judged: ${cause}.`
  return notJudged(dialect, told, `cannot be read safely: ${cause}`, ambiguous && cause)
}

function single(
  parsers: Parsers,
  input: JudgeInput,
  statement: GateStatement,
  verdict: StatementVerdict,
): Classification {
  const { kind, cause, reads, through, views, writes, filters, hazards, outputs, stores } = verdict
  const understood = cause === undefined
  const columns = outputs === null ? null : outputs.map(output => output.name)
  const count = verdict.countable ? countSql(parsers, input, statement.written) : undefined
  return {
    dialect: input.dialect,
    understood,
    ...(cause === undefined ? {} : { cause }),
    statements: 1,
    kind,
    kinds: [kind],
    reads: [...reads, ...through],
    writes,
    outputs,
    ...(stores.length > 0 ? { stores } : {}),
    filters,
    hazards: understood ? hazards : [...hazards, 'not_understood'],
    harmless: understood && kind === 'select' && hazards.length === 0 && writes.length === 0,
    gate: { ambiguous: false },
    summary: describe(statement.written, { kind, reads, views, writes, hazards, columns, stores }),
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
  const parts = statements.flatMap((statement, index) => {
    const verdict = verdicts[index]
    if (verdict === undefined) return []
    return {
      kind: verdict.kind,
      text: describe(statement.written, { ...verdict, columns: null }),
      idle: bland.includes(verdict.kind) && verdict.writes.length === 0,
    }
  })
  // What changes something comes first, so that no row of reads pushes it out of the summary.
  const told = [...parts.filter(({ idle }) => !idle), ...parts.filter(({ idle }) => idle)]
  return {
    dialect,
    understood: cause === undefined,
    ...(cause === undefined ? {} : { cause }),
    statements: verdicts.length,
    kind,
    kinds,
    reads: union(verdict => [...verdict.reads, ...verdict.through]),
    writes: union(verdict => verdict.writes),
    outputs: null,
    stores: storesOf(verdicts, statements.some(({ written }) => bringsAnything(written)) ? [anyTable] : []),
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
    summary: `${verdicts.length} statements: ${together(told)}`,
  }
}

/** Room for the number of statements is left in the summary. */
const room = 270
const toldAtMost = 5
/** What they have in common is told where it is that much of each. */
const toldAtLeast = 40

/** All of them where there is room, those that begin alike together; else the gravest: a long one must not push another out. */
function together(parts: readonly { readonly kind: StatementKind; readonly text: string }[]): string {
  const all = [...new Set(parts.map(({ text }) => text))].join('; ')
  if (all.length <= room) return all
  const texts = parts.toSorted((a, b) => byGravity(a.kind, b.kind)).map(({ text }) => text)
  for (let length = room; length >= toldAtLeast; length -= 1) {
    const alike = inGroups(texts, length)
    if (alike.length <= room) return alike
  }
  const gravest = [...new Set(texts)]
  const shown = gravest.slice(0, toldAtMost)
  const more = gravest.length > shown.length ? `; and ${gravest.length - shown.length} more` : ''
  const share = Math.floor((room - more.length) / shown.length) - 2
  return shown.map(text => shorten(text, share)).join('; ') + more
}

/** So much of each, and how many of them begin with it: `deletes rows from T where id =… (60 alike)`. */
function inGroups(texts: readonly string[], length: number): string {
  const alike = Map.groupBy(texts, text => shorten(text, length))
  return [...alike].map(([text, all]) => (all.length === 1 ? text : `${text} (${all.length} alike)`)).join('; ')
}

/**
 * One statement may read what another has written: all that is read, or stays in its table under another name, may be in all that is
 * written; and so may what nobody sees, which a variable brings out of a procedure.
 */
function storesOf(verdicts: readonly StatementVerdict[], unseen: readonly string[]): readonly StoredColumn[] {
  const stores = verdicts.flatMap(verdict => verdict.stores)
  const stored = stores.flatMap(({ sources }) => sources.map(tableOf))
  const read = new Set([...verdicts.flatMap(({ reads, through }) => [...reads, ...through]), ...stored, ...unseen])
  const sources = [...read].map(name => `${ownerOf(name)}.*`)
  return [...new Set(stores.map(({ column }) => tableOf(column)))].map(table => ({ column: `${table}.*`, sources }))
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
