import type { Dialect } from '../../statement.ts'
import { writtenStatements } from '../gate.ts'
import { leadingReading } from '../text/leading-tokens.ts'
import { isField, isWord, type Token } from '../text/token.ts'
import { closingAt, separated } from '../text/token-lists.ts'

/** What a text has where nobody can tell what will be there. */
const untold = '\0'

/**
 * The statements of the texts that these run, and of those that those run: of `EXECUTE IMMEDIATE 'INSERT INTO ' || t || ' SELECT a FROM b'`
 * an INSERT, into any table. What a variable holds may be any string of theirs that is a statement.
 */
export function executedStatements(
  statements: readonly (readonly Token[])[],
  dialect: Dialect,
): readonly (readonly Token[])[] {
  const found: (readonly Token[])[] = []
  const seen = new Set<string>()
  let running = statements
  while (running.length > 0) {
    const used = new Set<Token>()
    const texts = running.flatMap(each => executedTexts(each, used))
    const others = texts.some(isUntold) ? running.flatMap(stringsIn).filter(each => !used.has(each)) : []
    const told = isNew(texts, seen).flatMap(text => statementsIn(text, dialect))
    const held = isNew(
      others.map(({ value }) => value),
      seen,
    )
    const known = held.flatMap(text => statementsIn(formatted([text]), dialect).filter(each => isKnown(each, dialect)))
    running = [...told, ...known]
    found.push(...running)
  }
  return found
}

/** Whether it runs a text, and does not tell all of it. */
export const runsUntold = (tokens: readonly Token[]): boolean => executedTexts(tokens, new Set()).some(isUntold)

const isUntold = (text: string): boolean => text.includes(untold)

function isNew(texts: readonly string[], seen: Set<string>): readonly string[] {
  const fresh = [...new Set(texts)].filter(text => !seen.has(text))
  for (const text of fresh) seen.add(text)
  return fresh
}

const stringsIn = (tokens: readonly Token[]): readonly Token[] => tokens.filter(({ kind }) => kind === 'string')

const isKnown = (statement: readonly Token[], dialect: Dialect): boolean =>
  statement.length > 1 && leadingReading(statement, dialect).kind !== 'other'

const statementsIn = (text: string, dialect: Dialect): readonly (readonly Token[])[] =>
  writtenStatements(
    text.replace(/[\w.`"\0-]+/g, name => (isUntold(name) ? anyTable(name, dialect) : name)),
    dialect,
  ) ?? []

/** What is told of a name in part, `d.t_` and more, is any of its data set. */
function anyTable(name: string, dialect: Dialect): string {
  const start = name.slice(0, name.indexOf(untold)).replaceAll('`', '')
  const path = start.split('.').slice(0, -1)
  return dialect === 'bigquery' && path.length > 0 ? ` \`${path.join('.')}.*\` ` : ' IDENTIFIER(?) '
}

/** `CALL p(x)`, `CALL p() INTO :x`, `EXECUTE IMMEDIATE q INTO x`: there may be anything in the variable then. */
export const bringsAnything = (tokens: readonly Token[]): boolean =>
  (runsUntold(tokens) && tokens.some(token => isWord(token, 'INTO'))) ||
  tokens.some((token, at) => isWord(token, 'CALL') && !isField(tokens, at) && givesVariable(tokens, at))

function givesVariable(tokens: readonly Token[], call: number): boolean {
  let open = call + 2
  while (isWord(tokens[open], '.')) open += 2
  if (!isWord(tokens[open], '(')) return false
  const close = closingAt(tokens, open)
  const items = separated(tokens.slice(open + 1, close), ',').map(item => item.filter(({ text }) => text !== ':'))
  return isWord(tokens[close + 1], 'INTO') || items.some(item => item.length === 1 && item.every(isVariable))
}

const isVariable = (token: Token): boolean =>
  ['word', 'quoted', 'variable'].includes(token.kind) && !isWord(token, 'TRUE', 'FALSE', 'NULL')

/** The texts that it runs, or that what it makes will run; `used` gathers the strings that are in them. */
function executedTexts(tokens: readonly Token[], used: Set<Token>): readonly string[] {
  const isRoutine = makesSqlRoutine(tokens)
  return tokens.flatMap((token, at) => {
    if (isWord(token, 'EXECUTE') && isWord(tokens[at + 1], 'IMMEDIATE'))
      return textOf(expressionAt(tokens, at + 2), used)
    const text = isWord(token, 'SYSTEM$QUERY_REFERENCE') ? tokens[at + 2] : tokens[at + 1]
    const isRun = isWord(token, 'SYSTEM$QUERY_REFERENCE') || (isRoutine && isWord(token, 'AS'))
    return isRun && text?.kind === 'string' ? textOf([text], used) : []
  })
}

/** `CREATE FUNCTION f() … AS 'select …'`, `WITH p AS PROCEDURE …`: in no other language than SQL. */
function makesSqlRoutine(tokens: readonly Token[]): boolean {
  const head = tokens.slice(0, 8)
  if (!isWord(head[0], 'CREATE', 'WITH') || !head.some(token => isWord(token, 'FUNCTION', 'PROCEDURE'))) return false
  const language = tokens.findIndex(token => isWord(token, 'LANGUAGE'))
  return language < 0 || isWord(tokens[language + 1], 'SQL')
}

function expressionAt(tokens: readonly Token[], start: number): readonly Token[] {
  let end = start
  while (end < tokens.length && !isWord(tokens[end], 'USING', 'INTO', 'EXECUTE', ')'))
    end = isWord(tokens[end], '(', '[') ? closingAt(tokens, end) + 1 : end + 1
  return tokens.slice(start, end)
}

/** The value of an expression that puts strings together. */
function textOf(expression: readonly Token[], used: Set<Token>): string {
  const pieces = separated(expression, '||')
  if (pieces.length > 1) return pieces.map(piece => textOf(piece, used)).join('')
  const [first, second] = expression
  if (first?.kind === 'string' && second === undefined) {
    used.add(first)
    return first.value
  }
  const open = isWord(first, '(') ? 0 : 1
  const isWhole = isWord(expression[open], '(') && closingAt(expression, open) === expression.length - 1
  const items = separated(expression.slice(open + 1, -1), ',')
  const isRead = open === 0 ? items.length === 1 : isWord(first, 'CONCAT', 'FORMAT')
  if (!isWhole || !isRead) return untold
  const parts = items.map(each => textOf(each, used))
  return isWord(first, 'FORMAT') ? formatted(parts) : parts.join('')
}

/** `FORMAT('DROP TABLE %s', 't')`. */
function formatted([pattern = untold, ...values]: readonly string[]): string {
  let next = 0
  return pattern.replace(/%(?:%|[^%a-zA-Z]*[a-zA-Z])/g, part => (part === '%%' ? '%' : (values[next++] ?? untold)))
}
