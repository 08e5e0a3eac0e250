import { canonicalText } from '../gate.ts'
import { isName, isWord, type Token } from '../text/token.ts'
import { closingAt } from '../text/token-lists.ts'

/** A step of a GoogleSQL script that gives variables a value. */
export interface Assignment {
  /** In lower case: their names are without regard to case. */
  readonly names: readonly string[]
  /** A query that gives the same value, and holds nothing that the step does not hold. */
  readonly query: string
}

/** A function of one script alone, whose body is an expression. */
export interface TemporaryFunction {
  /** In upper case. */
  readonly name: string
  /** In lower case. */
  readonly parameters: readonly string[]
  /** A query whose first column is the body, and that names all its types. */
  readonly query: string
}

/** `DECLARE a, b T DEFAULT x`, with a type, a value or both. DEFAULT is a reserved word, so that no type holds one. */
export function declaration(tokens: readonly Token[]): Assignment | undefined {
  if (!isWord(tokens[0], 'DECLARE')) return undefined
  const { names, end } = nameList(tokens, 1)
  const rest = tokens.slice(end)
  const at = rest.findIndex(token => isWord(token, 'DEFAULT'))
  const type = at < 0 ? rest : rest.slice(0, at)
  const value = at < 0 ? 'NULL' : canonicalText(rest.slice(at + 1))
  return names && { names, query: `SELECT ${asType(value, type)}` }
}

/** `SET a = x` and `SET (a, b) = x`; not of a system variable, which changes what the steps after it mean. */
export function assignment(tokens: readonly Token[]): Assignment | undefined {
  if (!isWord(tokens[0], 'SET')) return undefined
  const isList = isWord(tokens[1], '(')
  const { names, end } = nameList(tokens, isList ? 2 : 1)
  const at = isList ? end + 1 : end
  const isWhole = isWord(tokens[at], '=') && (isList ? isWord(tokens[end], ')') : names?.length === 1)
  return names && isWhole ? { names, query: `SELECT (${canonicalText(tokens.slice(at + 1))})` } : undefined
}

/** `CREATE TEMP FUNCTION f(a T, b T) RETURNS T AS (x)`, and nothing besides: no other language, no options. */
export function temporaryFunction(tokens: readonly Token[]): TemporaryFunction | undefined {
  const [create, temp, word, name, open] = tokens
  const isFunction = isWord(create, 'CREATE') && isWord(temp, 'TEMP', 'TEMPORARY') && isWord(word, 'FUNCTION')
  const end = closingAt(tokens, 4)
  const rest = tokens.slice(end + 1)
  const as = rest.findIndex(token => isWord(token, 'AS'))
  const body = rest.slice(as + 1)
  if (!isFunction || !isPlainName(name) || !isWord(open, '(') || as < 0 || closingAt(body, 0) !== body.length - 1)
    return undefined
  if (as > 0 && !isWord(rest[0], 'RETURNS')) return undefined
  const parameters = split(tokens.slice(5, end))
  if (!parameters.every(([parameter]) => isPlainName(parameter))) return undefined
  const types = parameters.map(([, ...type]) => type).filter(type => canonicalText(type).toUpperCase() !== 'ANY TYPE')
  const columns = [
    asType(canonicalText(body), rest.slice(1, as)),
    ...types.map(type => `CAST(NULL AS ${canonicalText(type)})`),
  ]
  return {
    name: name.value.toUpperCase(),
    parameters: parameters.flatMap(([parameter]) => parameter?.value.toLowerCase() ?? []),
    query: `SELECT ${columns.join(', ')}`,
  }
}

/** In a CAST the parsers read the type as well, and refuse what is none. */
const asType = (value: string, type: readonly Token[]): string =>
  type.length === 0 ? `(${value})` : `CAST((${value}) AS ${canonicalText(type)})`

const isPlainName = (token: Token | undefined): token is Token => isName(token) && /^\w+$/.test(token.value)

function nameList(tokens: readonly Token[], start: number): { names?: readonly string[]; end: number } {
  const names: string[] = []
  for (let at = start; ; at += 2) {
    const token = tokens[at]
    if (!isPlainName(token)) return { end: at }
    names.push(token.value.toLowerCase())
    if (!isWord(tokens[at + 1], ',')) return { names, end: at + 1 }
  }
}

/** At the commas that are in no brackets, those of types included. */
function split(tokens: readonly Token[]): readonly (readonly Token[])[] {
  const parts: Token[][] = tokens.length === 0 ? [] : [[]]
  let depth = 0
  for (const token of tokens) {
    if (isWord(token, '(', '<')) depth += 1
    if (isWord(token, ')', '>')) depth -= 1
    if (isWord(token, '>>')) depth -= 2
    if (depth === 0 && isWord(token, ',')) parts.push([])
    else parts.at(-1)?.push(token)
  }
  return parts
}
