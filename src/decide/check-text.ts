import { oneOf } from '../config/problem.ts'
import type { Checker, Expression } from './check-expression.ts'
import { literalProblems } from './check-literal.ts'
import { nameProblem } from './check-name.ts'
import { globMatches } from './pattern.ts'
import type { FactType } from './vocabulary.ts'

/* What is wrong with a text that a condition writes out. */

export function checkLiteral(checker: Checker, what: keyof typeof literalProblems, text: Expression | undefined): void {
  const written = text && textOf(text)
  const problem = written === undefined ? undefined : literalProblems[what](written)
  if (text && problem) checker.report(text, problem)
}

/** A regular expression in place of a glob would match nothing, or not what its author meant. */
export function checkGlob(checker: Checker, glob: Expression | undefined): void {
  if (!glob) return
  const text = textOf(glob)
  if (text === undefined) checker.report(glob, 'write the pattern of matches(…) out as text')
  else if (/[\\^()|[\]+?]|\$$|^\.\*/.test(text))
    checker.report(
      glob,
      'matches(…) takes a glob, not a regular expression: * stands for any characters, all else for itself',
    )
}

/** How a text is compared with a part of another. */
export const fits = {
  matches: (word: string, text: string) => globMatches(text, word),
  startsWith: (word: string, text: string) => word.startsWith(text),
  endsWith: (word: string, text: string) => word.endsWith(text),
  contains: (word: string, text: string) => word.includes(text),
} as const

/** A part that no word of the enum has. */
export function checkPart(
  checker: Checker,
  type: FactType,
  name: keyof typeof fits,
  part: Expression | undefined,
): void {
  const text = part && textOf(part)
  if (type.kind !== 'enum' || text === undefined || type.values.some(word => fits[name](word, text))) return
  checker.report(part as Expression, `this fits no ${type.name}${oneOf(text, type.values.filter(Boolean))}`)
}

/** A word that the enum never has, or a text that is no name, makes the rule silently wrong. */
export function checkWord(checker: Checker, type: FactType, word: Expression | undefined): void {
  checkName(checker, type, word, 'name')
  const text = word && textOf(word)
  if (type.kind !== 'enum' || text === undefined || type.values.includes(text)) return
  checker.report(
    word as Expression,
    `there is no ${type.name} "${text.slice(0, 64)}"${type.values.some(Boolean) ? oneOf(text, type.values.filter(Boolean)) : '; name it under sensitive'}`,
  )
}

export function checkName(
  checker: Checker,
  type: FactType,
  text: Expression | undefined,
  comparison: Parameters<typeof nameProblem>[2],
): void {
  const written = text && textOf(text)
  const problem = written === undefined ? undefined : nameProblem(type, written, comparison)
  if (text && problem) checker.report(text, problem)
}

/** The text that stands there, where it is written out. */
export function textOf({ exprKind }: Expression): string | undefined {
  if (exprKind.case !== 'constExpr' || exprKind.value.constantKind.case !== 'stringValue') return undefined
  return exprKind.value.constantKind.value
}
