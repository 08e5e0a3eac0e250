import { isName, isWord, type Token } from '../text/token.ts'
import { bracketed, closingAt, isPlainType, listed, separated, word } from '../text/token-lists.ts'

const none: readonly Token[] = []

/** Snowflake's changes of tables that a parser does not read, as others of the same table that do no less. */
export function plainAlterations(tokens: readonly Token[]): readonly Token[] {
  const end = nameEnd(tokens, 1)
  if (!isWord(tokens[1], 'TABLE')) return tokens
  if (isWord(tokens[0], 'UNDROP')) return end === tokens.length ? broughtBack(tokens) : tokens
  if (!isWord(tokens[0], 'ALTER')) return tokens
  const table = tokens.slice(0, end)
  const actions = separated(tokens.slice(end), ',')
  if (actions.length > 1 && addsColumn(actions)) return [...table, ...listed(actions.map(asAddition))]
  const name = actions.length > 1 ? firstDropped(actions) : undefined
  if (name) return [...table, word('DROP'), word('COLUMN'), name]
  return restates(actions)
    ? [...table, ...['ALTER', 'COLUMN', 'DESCRIPTION', 'DROP', 'NOT', 'NULL'].map(each => word(each))]
    : tokens
}

/** After the path that is named behind this place. */
export function nameEnd(tokens: readonly Token[], before: number): number {
  let at = before + 1
  while (isWord(tokens[at], 'IF', 'NOT', 'EXISTS')) at += 1
  while (isName(tokens[at]) && isWord(tokens[at + 1], '.')) at += 2
  return at + 1
}

/** `UNDROP TABLE t` → `CREATE TABLE t (UNDROPPED INT)`: its rows come from nowhere else. */
const broughtBack = (tokens: readonly Token[]): readonly Token[] => [
  word('CREATE', false),
  ...tokens.slice(1),
  ...bracketed([word('UNDROPPED', false), word('INT')]),
]

/** `ADD COLUMN a INT, b INT`; what else may be added has a word of its own. */
function addsColumn([[add, ...first] = none, ...more]: readonly (readonly Token[])[]): boolean {
  const isColumn = isWord(first[0], 'COLUMN') || (isName(first[0]) && !isWord(first[0], ...otherAdditions))
  return isWord(add, 'ADD') && isColumn && more.every(([begin]) => isName(begin) && !isWord(begin, ...otherActions))
}

const otherAdditions =
  'CONSTRAINT PRIMARY UNIQUE FOREIGN CHECK SEARCH ROW PARTITION TAG DATA AGGREGATION PROJECTION JOIN STORAGE'.split(' ')
const otherActions = [
  ...otherAdditions,
  ...'ALTER MODIFY DROP RENAME SET UNSET SWAP CLUSTER SUSPEND RESUME RECLUSTER'.split(' '),
]

function asAddition(action: readonly Token[]): readonly Token[] {
  const [begin, next] = action
  if (isWord(begin, 'ADD')) return isWord(next, 'COLUMN') ? action : [word('ADD'), word('COLUMN'), ...action.slice(1)]
  return [word('ADD'), ...(isWord(begin, 'COLUMN') ? [] : [word('COLUMN')]), ...action]
}

/** `DROP COLUMN a, b`: nothing is read of either. */
function firstDropped([[drop, column, ...first] = none, ...more]: readonly (readonly Token[])[]): Token | undefined {
  const [name, over] = isWord(first[0], 'IF') && isWord(first[1], 'EXISTS') ? first.slice(2) : first
  const isList = isWord(drop, 'DROP') && isWord(column, 'COLUMN') && over === undefined
  return isList && more.every(([other, rest]) => isName(other) && rest === undefined) && isName(name) ? name : undefined
}

/** Types, NOT NULL and comments: no value is in another place, and nobody sees more. */
function restates([[verb, ...first] = none, ...more]: readonly (readonly Token[])[]): boolean {
  if (isWord(verb, 'SET', 'UNSET')) return more.length === 0 && comments([verb as Token, ...first])
  return isWord(verb, 'ALTER', 'MODIFY') && [first, ...more].every(restatesColumn)
}

function restatesColumn(action: readonly Token[]): boolean {
  const [name, ...does] = isWord(action[0], 'COLUMN') ? action.slice(1) : action
  const [set, data] = does
  const type = isWord(set, 'TYPE') ? 1 : isWord(set, 'SET') && isWord(data, 'DATA') && isWord(does[2], 'TYPE') ? 3 : 0
  if (!isName(name) || does.length === 0) return false
  if (type > 0) return isTypeAlone(does.slice(type))
  const words = does.map(({ value }) => value).join(' ')
  return ['SET NOT NULL', 'DROP NOT NULL', 'DROP DEFAULT'].includes(words) || comments(does)
}

/** `VARCHAR(20)`, with nothing behind it. */
const isTypeAlone = (tokens: readonly Token[]): boolean =>
  isPlainType(tokens) && (tokens.length === 1 || (isWord(tokens[1], '(') && closingAt(tokens, 1) === tokens.length - 1))

/** `SET COMMENT = 'x'`, `COMMENT 'x'` or `UNSET COMMENT`. */
function comments(action: readonly Token[]): boolean {
  const [comment, ...text] = isWord(action[0], 'SET', 'UNSET') ? action.slice(1) : action
  const [value, more] = isWord(text[0], '=') ? text.slice(1) : text
  const isText = value?.kind === 'string' && !isWord(action[0], 'UNSET')
  return (
    isWord(comment, 'COMMENT') && more === undefined && (isText || (value === undefined && isWord(action[0], 'UNSET')))
  )
}
