import { statementTokens } from '#src/classify/text/statement-tokens.ts'
import { isWord, type Token } from '#src/classify/text/token.ts'
import { createsTemporary } from '#src/pinned/temporary-tables.ts'
import { type TransactionEnd, transactionEnd } from '#src/pinned/transaction.ts'
import { unsupportedHere } from './envelope.ts'
import { type AskedParameters, askedParameters } from './parameters.ts'
import { statementTypes } from './statement-type.ts'

/** A statement about the session itself: the gateway keeps the session, so that none of these reaches the warehouse. */
export type SessionCommand = { readonly typeId: number } & (
  | { readonly kind: 'use'; readonly database?: string; readonly schema: string }
  | { readonly kind: 'warehouse'; readonly name: string }
  | { readonly kind: 'set'; readonly asked: AskedParameters }
  | { readonly kind: 'unset'; readonly names: readonly string[] }
  | { readonly kind: 'begin' }
  /** It is the warehouse's to hear, in a session of its own. */
  | { readonly kind: 'temporary' }
  | { readonly kind: 'end'; readonly end: TransactionEnd }
  | { readonly kind: 'parameters'; readonly like?: string }
)

/** Longer texts are no session commands. */
const longest = 64 * 1024

/** Undefined for every other statement. Throws for what would change the session in a way that it cannot be changed. */
export function sessionCommand(sql: string): SessionCommand | undefined {
  const tokens = sql.length > longest ? undefined : statementTokens(sql, 'snowflake')
  if (!tokens) return undefined
  const [first, second, third] = tokens
  // A script: it is judged whole.
  if (tokens.some(token => isWord(token, ';'))) return undefined
  const only = (count: number) => tokens.length === count
  const stage = tokens.slice(0, 6).findIndex(token => isWord(token, 'STAGE'))
  if (isWord(first, 'PUT', 'GET') || (isWord(first, 'CREATE') && isWord(tokens[stage - 1], 'TEMP', 'TEMPORARY')))
    throw unsupportedHere(
      'Files do not pass through the gateway: a driver would need credentials of the stage for it. Send rows as values of an INSERT (executemany, or to_sql of pandas in place of write_pandas).',
    )
  if (isWord(first, 'USE')) return useCommand(tokens.slice(1))
  if (isWord(first, 'ALTER') && isWord(second, 'SESSION')) return alterSession(tokens.slice(2))
  const end = isWord(first, 'COMMIT', 'ROLLBACK') ? transactionEnd({ sql, dialect: 'snowflake' }) : undefined
  if (end) return { kind: 'end', end, typeId: statementTypes.transaction }
  const begins = isWord(first, 'BEGIN') && (only(1) || isWord(second, 'TRANSACTION', 'WORK', 'NAME'))
  if (begins || (isWord(first, 'START') && isWord(second, 'TRANSACTION')))
    return { kind: 'begin', typeId: statementTypes.transaction }
  if (isWord(first, 'SELECT') && isWord(second, 'SYSTEM$CANCEL_ALL_QUERIES'))
    throw unsupportedHere(
      'The number of a session is not the warehouse’s. Statements are cancelled one by one, each by the connection that runs it.',
    )
  if (isWord(first, 'SHOW') && isWord(second, 'PARAMETERS')) return showParameters(tokens.slice(2))
  if (isWord(first, 'CREATE') && createsTemporary({ sql, dialect: 'snowflake' }))
    return { kind: 'temporary', typeId: statementTypes.definition }
  if (isWord(first, 'SET', 'UNSET') && third !== undefined)
    throw unsupportedHere('Session variables are not kept. Write the value into the statement, or bind it.')
  return undefined
}

/** Of the session, all or those like a text; of anything else they are the warehouse's to show. */
function showParameters(tokens: readonly Token[]): SessionCommand | undefined {
  const [, pattern] = isWord(tokens[0], 'LIKE') ? tokens : []
  const [scope, session, ...more] = pattern ? tokens.slice(2) : tokens
  const ofSession = scope === undefined || (isWord(scope, 'IN', 'FOR') && isWord(session, 'SESSION'))
  if (!ofSession || more.length > 0 || (pattern && pattern.kind !== 'string')) return undefined
  return { kind: 'parameters', typeId: statementTypes.show, ...(pattern ? { like: pattern.value } : {}) }
}

function useCommand(tokens: readonly Token[]): SessionCommand {
  const [first] = tokens
  if (isWord(first, 'ROLE', 'SECONDARY'))
    throw unsupportedHere('Roles are chosen by the policy, one for each statement; a session cannot switch its role.')
  const typed = isWord(first, 'DATABASE', 'SCHEMA', 'WAREHOUSE') && tokens.length > 1 && !isWord(tokens[1], '.')
  const name = nameParts(typed ? tokens.slice(1) : tokens)
  const [one = '', two] = name
  if (typed && isWord(first, 'WAREHOUSE') && two === undefined)
    return { kind: 'warehouse', name: one, typeId: statementTypes.useWarehouse }
  if (typed && isWord(first, 'SCHEMA') && two === undefined)
    return { kind: 'use', schema: one, typeId: statementTypes.useSchema }
  if (two !== undefined && !(typed && isWord(first, 'DATABASE', 'WAREHOUSE')))
    return { kind: 'use', database: one, schema: two, typeId: statementTypes.useSchema }
  if (two === undefined) return { kind: 'use', database: one, schema: 'PUBLIC', typeId: statementTypes.useDatabase }
  throw notUnderstood()
}

/** One name or two, as the warehouse stores them; others could not be told to it in the context of a statement. */
function nameParts([first, dot, second, ...more]: readonly Token[]): readonly string[] {
  if (first === undefined || more.length > 0) throw notUnderstood()
  if (dot === undefined) return [nameOf(first)]
  if (!isWord(dot, '.') || second === undefined) throw notUnderstood()
  return [nameOf(first), nameOf(second)]
}

function nameOf({ kind, value }: Token): string {
  if ((kind !== 'word' && kind !== 'quoted') || !/^[A-Z_][A-Z0-9_$]*$/.test(value)) throw notUnderstood()
  return value
}

function alterSession([verb, ...rest]: readonly Token[]): SessionCommand {
  if (isWord(verb, 'UNSET')) {
    const names = rest.filter(token => !isWord(token, ',')).map(({ value }) => value)
    return { kind: 'unset', names, typeId: statementTypes.alterSession }
  }
  if (!isWord(verb, 'SET')) throw notUnderstood()
  const tokens = rest.filter(token => !isWord(token, ','))
  const asked: Record<string, string | number | boolean> = {}
  for (let at = 0; at < tokens.length; at += 3) {
    const [name, equals, value] = tokens.slice(at, at + 3)
    if (name?.kind !== 'word' || !isWord(equals, '=') || value === undefined) throw notUnderstood()
    asked[name.value] = parameterValue(value)
  }
  return { kind: 'set', asked: askedParameters(asked), typeId: statementTypes.alterSession }
}

function parameterValue(token: Token): string | number | boolean {
  if (token.kind === 'string') return token.value
  if (token.kind === 'number') return Number(token.value)
  if (isWord(token, 'TRUE', 'FALSE')) return token.value === 'TRUE'
  throw notUnderstood()
}

function notUnderstood() {
  return unsupportedHere(
    'This change of the session is not understood; sessions keep their database, schema and formats.',
  )
}
