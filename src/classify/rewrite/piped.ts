import { isWord, type Token } from '../text/token.ts'
import { bracketed, separated, spacedFirst, symbol, word } from '../text/token-lists.ts'
import { aliases, aliasOf, isStarKnown } from './pipe-tables.ts'

/** What the operators so far make: a FROM clause, and the clauses that its rows went through. */
export interface Piped {
  readonly from: readonly Token[]
  readonly clauses: Partial<Record<Clause, readonly Token[]>>
  /**
   * Tables' names, upper case, that go on to stand for rows as they were before: the columns, upper case, that rows of the plain SQL
   * made here have under that name no more; `gone` where they have none.
   */
  readonly names: ReadonlyMap<string, 'gone' | ReadonlySet<string>>
}

export const noNames: Piped['names'] = new Map()

type Clause = 'WHERE' | 'ORDER' | 'LIMIT'

/** Which rows come, and in which order: what decides that is the same whichever clause is applied first. */
export function narrowed(piped: Piped, clause: Clause, operator: readonly Token[]): Piped | undefined {
  const before = piped.clauses[clause]
  const merged = before === undefined ? operator : mergedClause(clause, before, operator)
  if (merged === undefined)
    return isStarKnown(piped.from) ? { ...wrapped(piped, [symbol('*')]), clauses: { [clause]: operator } } : undefined
  const result = { ...piped, clauses: { ...piped.clauses, [clause]: merged } }
  if (clause !== 'ORDER' || !separated(operator.slice(2), ',').some(isPosition)) return result
  // `ORDER BY 2` means a column of these, not of a list that comes later.
  return isStarKnown(piped.from) ? wrapped(result, [symbol('*')]) : undefined
}

/** `2`, `(2)` or `+2`. */
export const isPosition = (item: readonly Token[]): boolean =>
  item.find(token => !isWord(token, '(', '+'))?.kind === 'number'

function mergedClause(
  clause: Clause,
  before: readonly Token[],
  operator: readonly Token[],
): readonly Token[] | undefined {
  if (clause === 'LIMIT') return undefined
  if (clause === 'ORDER') return [...before, symbol(','), ...operator.slice(2)]
  return [word('WHERE'), ...bracketed(before.slice(1)), word('AND'), ...bracketed(operator.slice(1))]
}

/** The rows as a subquery, with what stands after it; names from inside of it mean nothing any more. */
export const around = (piped: Piped, after: readonly Token[]): Piped => ({
  from: [...bracketed(selected(piped, [symbol('*')])), ...after],
  clauses: {},
  names: noNames,
})

/** The same table with other columns: those that its name means no more as they are now; `undefined` where they are not known. */
export function changed(
  piped: Piped,
  list: readonly Token[],
  columns: readonly Token[] | undefined,
  after: readonly Token[] = [],
): Piped {
  const result = wrapped(piped, list, after)
  const own = aliases(piped.from).map(name => {
    const before = result.names.get(name)
    const isKept = columns && before !== 'gone' && aliasOf(piped.from)?.value.toUpperCase() === name
    return [name, isKept ? new Set([...(before ?? []), ...columns.map(namedBy)]) : 'gone'] as const
  })
  return { ...result, names: new Map([...result.names, ...own]) }
}

const namedBy = (token: Token): string => token.value.toUpperCase()

/** Other columns, and no table's name means anything any more. */
export const renewed = (piped: Piped, list: readonly Token[], after: readonly Token[] = []): Piped => ({
  from: bracketed(selected(piped, list, after)),
  clauses: {},
  names: noNames,
})

/** Other columns, of what may still be called by the table's name. */
export function wrapped(piped: Piped, list: readonly Token[], after: readonly Token[] = []): Piped {
  // What comes next may still name the table, where it is one.
  const alias = aliasOf(piped.from)
  const query = bracketed(selected(piped, list, after))
  const gone = alias === undefined ? aliases(piped.from).map(name => [name, 'gone'] as const) : []
  return {
    from: alias === undefined ? query : [...query, word('AS'), { ...alias, spaced: true }],
    clauses: {},
    names: new Map([...piped.names, ...gone]),
  }
}

/** The query that all of it makes, of these columns. */
export function selected(piped: Piped, list: readonly Token[], after: readonly Token[] = []): readonly Token[] {
  const { WHERE = [], ORDER = [], LIMIT = [] } = piped.clauses
  return [
    word('SELECT'),
    ...spacedFirst(list),
    word('FROM'),
    ...spacedFirst(piped.from),
    ...WHERE,
    ...after,
    ...ORDER,
    ...LIMIT,
  ]
}
