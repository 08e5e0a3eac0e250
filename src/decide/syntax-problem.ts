import type { ExpressionProblem } from './check-expression.ts'

/** Texts, which may hold anything, or one of the words and signs that other languages have where CEL has its own. */
const token =
  /(?<text>"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')|(?<size>\b\d+(?:\.\d+)?\s*[MGT]i?B\b)|(?<duration>\b\d+[smhd]\b)|(?<word>(?<![\w.])(?:and|or|not|like|between|is)\b)|(?<upper>(?<![\w.])(?:IN|TRUE|FALSE)\b)|(?<sign><>|===|(?<![=!<>])=(?!=)|(?<!&)&(?!&)|(?<!\|)\|(?!\|))/gi

const own: Readonly<Record<string, string>> = {
  and: '&&',
  or: '||',
  not: '!(…)',
  like: 'x.matches("*…*")',
  between: 'x >= 1 && x <= 2',
  is: '==, or has(x) where a number may not be known',
  '=': '==',
  '===': '==',
  '<>': '!=',
  '&': '&&',
  '|': '||',
}

/** Why a text is no CEL expression: the first thing in it that is written otherwise, or else where the parser came to its end. */
export function syntaxProblem(source: string, error: unknown): ExpressionProblem {
  for (const { index: offset, 0: found, groups = {} } of source.matchAll(token)) {
    const message = advice(found, groups)
    if (message !== undefined) return { offset, message }
  }
  const offset = (error as { location?: { start?: { offset?: number } } }).location?.start?.offset ?? 0
  return {
    offset,
    message: 'this is not a CEL expression from here on; look at quotes, brackets and operators (&&, ||, !, ==, in)',
  }
}

function advice(
  found: string,
  { text, size, duration, upper }: Record<string, string | undefined>,
): string | undefined {
  if (text !== undefined) return undefined
  if (size !== undefined) return `write "${found}" as ${sizeCall(size)}`
  if (duration !== undefined) return `write a length of time as text: "${found}"`
  if (upper !== undefined)
    return upper === upper.toLowerCase() ? undefined : `write "${upper.toLowerCase()}" in small letters`
  return `CEL has no "${found}"; write ${own[found.toLowerCase()]}`
}

/** `20 GiB` → `gib(20)`. */
function sizeCall(size: string): string {
  const unit = /[mgt]/i.exec(size)?.[0].toLowerCase() ?? ''
  return `${unit}ib(${Number.parseFloat(size)})`
}
