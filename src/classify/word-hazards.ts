import type { Dialect } from '../statement.ts'
import type { Hazard } from './classification.ts'
import { writtenStatements } from './gate.ts'
import { leadingReading } from './leading-tokens.ts'
import { isName, isWord, type Token } from './token.ts'
import { depths } from './token-lists.ts'

/**
 * What the words of a statement tell of its hazards where no parser reads it: of the steps of a script, which begin anywhere in it, and of
 * what reaches out of the warehouse. Rather too many than too few.
 */
export function wordHazards(tokens: readonly Token[], dialect: Dialect): readonly Hazard[] {
  const { kind, hazards } = leadingReading(tokens, dialect)
  const holdsSteps = kind === 'other' || hazards.includes('script') || hazards.includes('deferred')
  const steps = holdsSteps ? tokens.flatMap((_, at) => (beginsStep(tokens, at) ? [tokens.slice(at)] : [])) : []
  return [...steps.flatMap(step => leadingReading(step, dialect).hazards), ...outsideHazards(tokens)]
}

/** The statements of the texts that it runs, `EXECUTE IMMEDIATE '…'`, as far as these stand in it. */
export function executedStatements(tokens: readonly Token[], dialect: Dialect): readonly (readonly Token[])[] {
  return tokens.flatMap((token, at) => {
    const text = tokens[at + 2]
    if (!isWord(token, 'EXECUTE') || !isWord(tokens[at + 1], 'IMMEDIATE') || text?.kind !== 'string') return []
    const statements = writtenStatements(text.value, dialect) ?? []
    return statements.flatMap(statement => [statement, ...executedStatements(statement, dialect)])
  })
}

/** After a word that a step follows; what is `THEN list ELSE` in a CASE is none. */
const beginsStep = (tokens: readonly Token[], at: number): boolean =>
  isWord(tokens[at - 1], 'BEGIN', 'THEN', 'ELSE', 'DO', 'LOOP', 'REPEAT', 'AS') &&
  isGoingOn(tokens[at + 1]) &&
  !isWord(tokens[at + 1], 'END', 'ELSE', 'WHEN', 'FROM')

const isGoingOn = (token: Token | undefined): boolean =>
  token !== undefined && ['word', 'quoted', 'stage', 'string', 'variable'].includes(token.kind)

/** By somebody's connection, into somebody's bucket, or to a model's endpoint. */
function outsideHazards(tokens: readonly Token[]): readonly Hazard[] {
  if (tokens.some((_, at) => callsModel(tokens, at))) return ['external']
  // A CTE may be called `connection`.
  const connects = tokens.some(
    (token, at) => isWord(token, 'WITH') && isWord(tokens[at + 1], 'CONNECTION') && !isWord(tokens[at + 2], 'AS'),
  )
  if (!connects) return []
  const levels = depths(tokens)
  const isQuery = (token: Token | undefined) => isWord(token, 'SELECT', 'WITH', 'FROM', '(')
  const isFilled = tokens.some((token, at) => levels[at] === 0 && isWord(token, 'AS') && isQuery(tokens[at + 1]))
  return isFilled && isWord(tokens[0], 'CREATE') ? ['external', 'unload'] : ['external']
}

const callsModel = (tokens: readonly Token[], at: number): boolean =>
  /^(ML|AI|CORTEX)$/i.test(tokens[at]?.value ?? '') &&
  isName(tokens[at]) &&
  isWord(tokens[at + 1], '.') &&
  isWord(tokens[at + 3], '(')
