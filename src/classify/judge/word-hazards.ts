import type { Hazard } from '../classification.ts'
import { snowflakeTableFunctions } from '../functions-snowflake.ts'
import { leadingReading } from '../text/leading-tokens.ts'
import { isName, isWord, type Token } from '../text/token.ts'
import { depths } from '../text/token-lists.ts'
import { isExternal } from '../walk/function-name.ts'
import type { Names } from '../walk/names.ts'

/**
 * What the words of a statement tell of its hazards where no parser reads it: how it begins, the steps of a script, which begin
 * anywhere in it, and what reaches out of the warehouse. Rather too many than too few.
 */
export function wordHazards(tokens: readonly Token[], names: Names): readonly Hazard[] {
  const { kind, hazards } = leadingReading(tokens, names.dialect)
  const holdsSteps = kind === 'other' || hazards.includes('script') || hazards.includes('deferred')
  const starts = holdsSteps ? tokens.flatMap((_, at) => (beginsStep(tokens, at) ? [at] : [])) : []
  const steps = starts.map((start, index) => tokens.slice(start, starts[index + 1]))
  const ofSteps = steps.flatMap(step => leadingReading(step, names.dialect).hazards)
  const opaque = tokens.some((_, at) => isOpaqueSource(tokens, at)) ? (['opaque_source'] as const) : []
  const ofTexts = tokens.some((_, at) => runsText(tokens, at)) ? (['dynamic_sql'] as const) : []
  return [...new Set([...hazards, ...ofSteps, ...opaque, ...ofTexts, ...outsideHazards(tokens, names)])]
}

const runsText = (tokens: readonly Token[], at: number): boolean =>
  isWord(tokens[at], 'EXECUTE') && isWord(tokens[at + 1], 'IMMEDIATE')

/** `FROM TABLE(…)` of anything but a function that makes rows of its arguments, or tells of what columns files are. */
function isOpaqueSource(tokens: readonly Token[], at: number): boolean {
  const [table, open, name, next] = tokens.slice(at, at + 4)
  if (!isWord(table, 'TABLE') || !isWord(open, '(') || !isWord(tokens[at - 1], 'FROM', 'JOIN', ',', 'LATERAL'))
    return false
  if (name?.kind === 'string') return false
  return !(isWord(next, '(') && (isWord(name, 'INFER_SCHEMA') || snowflakeTableFunctions.has(name?.value ?? '')))
}

/** After a word that a step follows; what is `THEN list ELSE` in a CASE is none. */
const beginsStep = (tokens: readonly Token[], at: number): boolean =>
  isWord(tokens[at - 1], 'BEGIN', 'THEN', 'ELSE', 'DO', 'LOOP', 'REPEAT', 'AS') &&
  isGoingOn(tokens[at + 1]) &&
  !isWord(tokens[at + 1], 'END', 'ELSE', 'WHEN', 'FROM')

const isGoingOn = (token: Token | undefined): boolean =>
  token !== undefined && ['word', 'quoted', 'stage', 'string', 'variable'].includes(token.kind)

/** By somebody's connection, into somebody's bucket, or to a model's endpoint. */
function outsideHazards(tokens: readonly Token[], names: Names): readonly Hazard[] {
  const connects = tokens.some((_, at) => connectsAt(tokens, at))
  if (!connects) return tokens.some((_, at) => callsOutside(tokens, at, names)) ? ['external'] : []
  const levels = depths(tokens)
  const isQuery = (token: Token | undefined) => isWord(token, 'SELECT', 'WITH', 'FROM', '(')
  const isFilled = tokens.some((token, at) => levels[at] === 0 && isWord(token, 'AS') && isQuery(tokens[at + 1]))
  return isFilled && isWord(tokens[0], 'CREATE') ? ['external', 'unload'] : ['external']
}

/** But a CTE may be called `connection`. */
const connectsAt = (tokens: readonly Token[], at: number): boolean =>
  isWord(tokens[at], 'WITH') && isWord(tokens[at + 1], 'CONNECTION') && !isWord(tokens[at + 2], 'AS')

/** What is made or written has columns in brackets, and is no call. */
function callsOutside(tokens: readonly Token[], at: number, names: Names): boolean {
  const [prefix, dot, name, open] = tokens.slice(at, at + 4)
  if (!isName(prefix) || !isWord(dot, '.') || !isName(name) || !isWord(open, '(')) return false
  return !isWord(tokens[at - 1], ...beforeObject) && isExternal(names, `${prefix.value}.${name.value}`.toUpperCase())
}

const beforeObject = 'INTO INSERT UPDATE MERGE TABLE VIEW EXISTS FUNCTION PROCEDURE REFERENCES'.split(' ')
