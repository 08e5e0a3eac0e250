import { isName, isWord, type Token } from '../text/token.ts'
import { depths, listed, separated, spacedFirst, symbol, word } from '../text/token-lists.ts'

/**
 * `FROM t |> WITH a AS (q) |> JOIN a` → `WITH a AS (q) FROM t |> JOIN a`, where what comes before cannot mean it by the name.
 */
export function namesFirst(statement: readonly Token[]): readonly Token[] {
  const [source = [], ...operators] = separated(statement, '|>')
  const at = operators.findIndex(operator => isWord(operator[0], 'WITH'))
  const defined = separated(operators[at]?.slice(1) ?? [], ',')
  const before = [source, ...operators.slice(0, at)].flat()
  const names = defined.map(([name]) => name?.value.toUpperCase())
  const isNew =
    defined.every(
      ([name, as, open, ...query]) =>
        isName(name) && isWord(as, 'AS') && isWord(open, '(') && isWord(query.at(-1), ')'),
    ) &&
    !isWord(source[1], 'RECURSIVE') &&
    before.every(token => !isName(token) || !names.includes(token.value.toUpperCase()))
  const start = afterWith(source)
  if (at < 0 || !isNew || !isWord(source[start], 'FROM', 'SELECT', '(')) return statement
  const head = start === 0 ? [word('WITH')] : [...source.slice(0, start), symbol(',')]
  const rest = operators.toSpliced(at, 1).flatMap(operator => [symbol('|>'), ...operator])
  return namesFirst([...head, ...listed(defined), ...spacedFirst(source.slice(start)), ...rest])
}

/** Where the query begins after `WITH a AS (…), …`. */
export function afterWith(statement: readonly Token[]): number {
  if (!isWord(statement[0], 'WITH')) return 0
  const levels = depths(statement)
  return Math.max(
    0,
    statement.findIndex(
      (token, at) =>
        levels[at] === 0 && (isWord(token, 'FROM', 'SELECT') || (isWord(token, '(') && isWord(statement[at - 1], ')'))),
    ),
  )
}

/** Where the query begins whose rows a statement stores or exports: `CREATE TABLE t AS FROM …`, `INSERT INTO t (a) FROM …`. */
export function queryStart(statement: readonly Token[]): number {
  const inserts = isWord(statement[0], 'INSERT')
  if (!inserts && !isWord(statement[0], 'CREATE', 'EXPORT')) return 0
  const levels = depths(statement)
  const start = statement.findIndex(
    (token, at) =>
      levels[at] === 0 &&
      (inserts
        ? isWord(token, 'FROM', 'SELECT', 'WITH')
        : isWord(token, 'FROM', 'SELECT', 'WITH', '(') && isWord(statement[at - 1], 'AS')),
  )
  return Math.max(0, start)
}
