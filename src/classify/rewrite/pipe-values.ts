import { isName, isWord, type Token } from '../text/token.ts'
import { depths } from '../text/token-lists.ts'

/** Of the whole text, the CTEs whose rows may be single values: `SELECT AS STRUCT a, b`; their names are upper case. */
export type ValueNames = ReadonlySet<string>

/** All CTEs, where the text has rows of values at all: which of them are made of those is not looked at. */
export function valueNames(tokens: readonly Token[]): ValueNames {
  if (!hasValueRows(tokens)) return new Set()
  const isDefined = (at: number) => isWord(tokens[at + 1], 'AS') && isWord(tokens[at + 2], '(')
  return new Set(tokens.filter((token, at) => isName(token) && isDefined(at)).map(({ value }) => value.toUpperCase()))
}

/**
 * Whether a value's row stands beside other columns in the end. It is one column then, the struct itself, where a plain `*` shows each of
 * its fields; only SELECT makes columns of them.
 */
export function mixesValues(
  source: readonly Token[],
  operators: readonly (readonly Token[])[],
  names: ValueNames,
): boolean {
  const mayBeValue = (tokens: readonly Token[]) =>
    hasValueRows(tokens) || tokens.some(token => isName(token) && names.has(token.value.toUpperCase()))
  let isValue = isWord(source[0], 'SELECT') ? selectsValue(source, 0) : mayBeValue(source)
  let isMixed = isValue && isWord(source[0], 'FROM') && isJoin(source)
  for (const operator of operators) {
    if (isWord(operator[0], 'SELECT', 'AGGREGATE')) {
      isValue = selectsValue(operator, 0)
      isMixed = false
    } else if (isWord(operator[0], 'EXTEND', 'WINDOW')) isMixed ||= isValue
    else if (isJoin(operator)) isMixed ||= isValue || mayBeValue(operator)
  }
  return isMixed
}

/** Of several tables. */
function isJoin(tokens: readonly Token[]): boolean {
  const levels = depths(tokens)
  return tokens.some((token, at) => levels[at] === 0 && isWord(token, ',', 'JOIN'))
}

/** Not those of `ARRAY(SELECT AS STRUCT …)`, which is a value of one row. */
function hasValueRows(tokens: readonly Token[]): boolean {
  const isArray: boolean[] = []
  return tokens.some((token, at) => {
    if (isWord(token, '(')) isArray.push(isWord(tokens[at - 1], 'ARRAY'))
    else if (isWord(token, ')')) isArray.pop()
    return selectsValue(tokens, at) && !isArray.includes(true)
  })
}

function selectsValue(tokens: readonly Token[], at: number): boolean {
  const as = isWord(tokens[at + 1], 'ALL', 'DISTINCT') ? at + 2 : at + 1
  return isWord(tokens[at], 'SELECT') && isWord(tokens[as], 'AS') && isWord(tokens[as + 1], 'STRUCT', 'VALUE')
}
