import type { StatementKind } from '../classification.ts'
import { isWord, type Token } from './token.ts'

/** Kinds whose text says all that they do, so that what may vary in it can be told. */
export const shapedKinds = ['select', 'insert', 'update', 'delete', 'merge'] as const satisfies readonly StatementKind[]
type ShapedKind = (typeof shapedKinds)[number]

/** A literal or bind mark that stands where only a value can. */
export interface ValuePlace {
  readonly token: Token
  readonly type: 'string' | 'bytes' | 'number' | 'bind'
}

/**
 * What is between two brackets, or outside of all: which clause the cursor is in. `conditions` and `assignments` hold comparisons
 * of columns; `rows` the rows of VALUES; `items` nothing but values between commas; of `other` and `closed` nothing varies,
 * and of what is `closed` neither what it holds.
 */
type Clause = 'conditions' | 'assignments' | 'rows' | 'items' | 'other' | 'closed'

/** Not HAVING and QUALIFY: what a count or a place in an order is compared with says how much comes out, as a LIMIT does. */
const conditions = ['WHERE', 'ON'] as const
const words = (text: string): readonly string[] => text.split(' ')
/** Begin a clause of which nothing varies, until one that says otherwise. */
const clauseWords = words(
  'SELECT FROM GROUP HAVING QUALIFY ORDER LIMIT OFFSET FETCH UNION INTERSECT EXCEPT MINUS JOIN INNER LEFT RIGHT FULL CROSS NATURAL ASOF ' +
    'MATCH_CONDITION WHEN THEN ELSE END CASE USING WINDOW WITH RETURNING INSERT UPDATE DELETE MERGE INTO PIVOT UNPIVOT ' +
    'MATCH_RECOGNIZE SAMPLE TABLESAMPLE CONNECT START FOR OPTIONS |>',
)
/** What a comparison may end at. */
const ends = words(
  ') , AND OR WHERE GROUP ORDER HAVING QUALIFY LIMIT FROM WHEN UNION INTERSECT EXCEPT MINUS JOIN INNER LEFT RIGHT FULL ' +
    'CROSS WINDOW RETURNING |>',
)
/** What a comparison, or a bracket around some, may begin after. */
const starts = words('WHERE ON AND OR NOT (')
const beforeQuery = words('IN EXISTS FROM JOIN AS USING , = <> != < > <= >=')
const comparisons = words('= <> != < > <= >=')
const typeWords = ['DATE', 'TIME', 'DATETIME', 'TIMESTAMP'] as const
const pathSigns = words('. : ::')
/** Words that a comparison may have on its left, and that are no columns. */
const noColumn =
  /^(TRUE|FALSE|NULL|END|USER|SYSDATE|GETDATE|NOW|ROWNUM|_TABLE_SUFFIX|CURRENT_\w+|SESSION_\w+|LOCALTIME\w*|SYSTIMESTAMP)$/

/** Every such place, in order. What is not surely one is none. */
export function valuePlaces(tokens: readonly Token[], kind: ShapedKind): readonly ValuePlace[] {
  const places: ValuePlace[] = []
  const open: Clause[] = ['other']
  for (const [at, token] of tokens.entries()) {
    const clause = open.at(-1) ?? 'closed'
    if (isWord(token, '(', '[', '{')) open.push(inside(tokens, at, clause))
    else if (isWord(token, ')', ']', '}')) open.pop()
    else if (isWord(token, '?') || token.kind === 'string' || token.kind === 'number') {
      if (isValue(tokens, at, clause)) places.push({ token, type: typeOf(token) })
    } else open[open.length - 1] = clauseAfter(tokens, at, clause, kind)
  }
  return places
}

function clauseAfter(tokens: readonly Token[], at: number, clause: Clause, kind: ShapedKind): Clause {
  const token = tokens[at]
  // `value:on`, `t.set` and `… AS values` are names.
  if (clause === 'closed' || clause === 'items' || isWord(tokens[at - 1], ...pathSigns, 'AS')) return clause
  if (isWord(token, ...conditions)) return 'conditions'
  if (isWord(token, 'SET')) return kind === 'update' || kind === 'merge' ? 'assignments' : 'other'
  if (isWord(token, 'VALUES')) return kind === 'insert' || kind === 'merge' ? 'rows' : 'other'
  return isWord(token, ...clauseWords) ? 'other' : clause
}

/** The clause that a bracket begins with. Brackets after a name are a call's: closed. */
function inside(tokens: readonly Token[], at: number, outer: Clause): Clause {
  const [before, after] = [tokens[at - 1], tokens[at + 1]]
  if (outer === 'closed' || outer === 'items' || !isWord(tokens[at], '(')) return 'closed'
  const begins = before === undefined || isWord(before, ...starts)
  if (isWord(after, 'SELECT', 'WITH')) return begins || isWord(before, ...beforeQuery) ? 'other' : 'closed'
  if (outer === 'conditions') {
    if (isWord(before, 'IN')) return isColumn(tokens, beforeNot(tokens, at - 2), starts) ? 'items' : 'closed'
    return begins ? 'conditions' : 'closed'
  }
  if (outer === 'rows') return isWord(before, 'VALUES', ',') ? 'items' : 'closed'
  return isWord(before, 'FROM', 'JOIN', '(') ? 'other' : 'closed'
}

function isValue(tokens: readonly Token[], at: number, clause: Clause): boolean {
  // `DATE '2026-01-01'`: the type is part of the text, the date is the value.
  const first = tokens[at]?.kind === 'string' && isWord(tokens[at - 1], ...typeWords) ? at - 1 : at
  const [before, after] = [tokens[first - 1], tokens[at + 1]]
  if (clause === 'items') return isWord(before, '(', ',') && isWord(after, ')', ',')
  const ended = after === undefined || isWord(after, ...ends)
  if (clause === 'assignments') return ended && isWord(before, '=') && isColumn(tokens, first - 2, ['SET', ','])
  if (clause !== 'conditions') return false
  if (isWord(before, 'BETWEEN')) return isWord(after, 'AND') && isRanged(tokens, first - 1)
  if (isWord(before, 'AND') && isLiteral(tokens[first - 2]))
    return ended && isRanged(tokens, lowEnd(tokens, first - 2) - 1)
  return ended && isWord(before, ...comparisons) && isColumn(tokens, first - 2, starts)
}

/** Whether the BETWEEN at this place is asked of a column. */
const isRanged = (tokens: readonly Token[], at: number): boolean =>
  isWord(tokens[at], 'BETWEEN') && isColumn(tokens, beforeNot(tokens, at - 1), starts)

const lowEnd = (tokens: readonly Token[], at: number): number => (isWord(tokens[at - 1], ...typeWords) ? at - 1 : at)

const beforeNot = (tokens: readonly Token[], at: number): number => (isWord(tokens[at], 'NOT') ? at - 1 : at)

const isLiteral = (token: Token | undefined): boolean =>
  token?.kind === 'string' || token?.kind === 'number' || isWord(token, '?')

/** Whether a column, with a path into it or a cast at most, ends here and begins right after one of `after`. */
function isColumn(tokens: readonly Token[], end: number, after: readonly string[]): boolean {
  let at = end
  while (isName(tokens[at])) {
    if (isWord(tokens[at - 1], ...after)) return true
    if (!isWord(tokens[at - 1], ...pathSigns)) return false
    at -= 2
  }
  return false
}

const isName = (token: Token | undefined): boolean =>
  (token?.kind === 'quoted' || token?.kind === 'word') && !noColumn.test(token.value.toUpperCase())

function typeOf({ kind, text }: Token): ValuePlace['type'] {
  if (kind === 'number') return 'number'
  if (kind === 'string') return text.startsWith('b') ? 'bytes' : 'string'
  return 'bind'
}
