import type { Hazard, StatementKind } from './classification.ts'
import { isWord, type Token } from './token.ts'

/** What is known of one statement when it is put into words. */
export interface Described {
  readonly kind: StatementKind
  readonly reads: readonly string[]
  /** Every view that is read, and what is read through it. */
  readonly views: ReadonlyMap<string, readonly string[]>
  readonly writes: readonly string[]
  readonly hazards: readonly Hazard[]
  readonly columns: readonly string[] | null
}

const limit = 300

/** One sentence for the people who decide. It says what the statement does, in its own names; at most 300 characters. */
export function describe(tokens: readonly Token[], what: Described): string {
  return shorten(sentence(tokens, what))
}

export const shorten = (text: string): string => (text.length <= limit ? text : `${text.slice(0, limit - 1)}…`)

function sentence(tokens: readonly Token[], what: Described): string {
  const from = what.reads.length > 0 ? ` from ${sources(what)}` : ''
  const into = what.writes.length > 0 ? names(what.writes) : 'an unknown table'
  switch (what.kind) {
    case 'select':
      return `${readSentence(tokens, what)}${what.writes.length > 0 ? `, and may write ${into}` : ''}`
    case 'insert':
      return `inserts rows into ${into}${from}${isWord(tokens[1], 'OVERWRITE') ? ', replacing all rows' : ''}`
    case 'update':
      return `updates rows of ${into}${from}${where(tokens)}`
    case 'delete':
      return `deletes rows from ${into}${what.reads.length > 0 ? `, using ${sources(what)}` : ''}${where(tokens)}`
    case 'merge':
      return `merges rows into ${into}${from}: ${mergeActions(tokens)}`
    case 'truncate':
      return `deletes all rows from ${into}`
    case 'unload':
      return `copies data out to ${unloadTarget(tokens)}${from}`
    case 'copy':
      return `loads data into ${into}${from}`
    case 'transaction':
      return `${words(tokens, 2)} of a transaction`
    case 'create':
      return `creates ${isWord(tokens[1], 'OR') ? 'or replaces ' : ''}${subject(tokens)}${from}`
    default:
      return `${verbs[what.kind] ?? 'runs'} ${subject(tokens)}${from}`
  }
}

/** What a MERGE does to the rows it finds: each of its actions, in the words that follow THEN. */
function mergeActions(tokens: readonly Token[]): string {
  const actions = tokens.filter(
    (token, at) => isWord(tokens[at - 1], 'THEN') && isWord(token, ...Object.keys(mergeWords)),
  )
  return [...new Set(actions.map(token => mergeWords[token.value]))].join(', ')
}

const mergeWords: Readonly<Record<string, string>> = { DELETE: 'deletes', UPDATE: 'updates', INSERT: 'inserts' }

const verbs: Partial<Record<StatementKind, string>> = {
  alter: 'changes',
  drop: 'drops',
  grant: 'changes rights:',
  file: 'moves or lists files:',
  call: 'calls',
  script: 'runs a script:',
  session: 'changes the session:',
  use: 'switches to',
  show: 'lists',
  describe: 'describes',
  explain: 'explains',
  other: 'runs',
}

function readSentence(tokens: readonly Token[], what: Described): string {
  const columns =
    what.columns === null
      ? ''
      : ` ${names(
          what.columns.filter(name => name !== ''),
          8,
        )}`.trimEnd()
  const from = what.reads.length > 0 ? ` from ${sources(what)}` : ' without a table'
  return `reads${columns}${from}${where(tokens)}${rowLimit(tokens)}`
}

/** Tables and views as the statement names them; after each view what it stands for. */
function sources({ reads, views }: Described): string {
  const told = (name: string) => {
    const over = views.get(name)
    return over === undefined || over.length === 0
      ? quotedWhereOdd(name)
      : `view ${quotedWhereOdd(name)} (over ${names(over)})`
  }
  return listed(reads.map(told))
}

/** The first WHERE outside of brackets, as written, up to the next clause. */
function where(tokens: readonly Token[]): string {
  const start = topLevel(tokens, 'WHERE')
  if (start < 0) return ['UPDATE', 'DELETE'].includes(tokens[0]?.value ?? '') ? ', all of them: there is no WHERE' : ''
  const rest = tokens.slice(start + 1)
  const end = topLevel(rest, 'GROUP', 'ORDER', 'LIMIT', 'QUALIFY', 'HAVING', 'UNION', 'WINDOW', '|>')
  // A word that ends the clause cannot begin it: there it is a name.
  return ` where ${plainText(end <= 0 ? rest : rest.slice(0, end))}`
}

function rowLimit(tokens: readonly Token[]): string {
  const at = topLevel(tokens, 'LIMIT')
  const count = tokens[at + 1]
  return at >= 0 && count?.kind === 'number' ? `, at most ${count.text} rows` : ''
}

/** Index of the first of these words outside of brackets; -1 where there is none. */
export function topLevel(tokens: readonly Token[], ...wanted: readonly string[]): number {
  let depth = 0
  return tokens.findIndex(token => {
    if (token.kind === 'symbol' && /[([{]/.test(token.text)) depth += 1
    if (token.kind === 'symbol' && /[)\]}]/.test(token.text)) depth -= 1
    return depth === 0 && isWord(token, ...wanted)
  })
}

/** `a task TK` from CREATE OR REPLACE TASK tk …: what follows the verb, up to where the definition begins. */
function subject(tokens: readonly Token[]): string {
  const skipped = new Set(['OR', 'REPLACE', 'IF', 'NOT', 'EXISTS'])
  const rest = tokens.slice(1).filter((token, index) => index > 6 || !skipped.has(token.value))
  const ends = rest.findIndex(
    (token, index) =>
      index > 1 && (isWord(token, 'AS', 'WAREHOUSE', 'SCHEDULE', 'RETURNS', 'LANGUAGE') || token.text === '('),
  )
  const shown = (ends < 0 ? rest : rest.slice(0, ends)).slice(0, 40)
  const article = ['CREATE', 'UNDROP'].includes(tokens[0]?.value ?? '') ? 'a ' : ''
  const text = shown.map((token, index) =>
    token.kind === 'word' && index === 0 ? { ...token, text: token.text.toLowerCase() } : token,
  )
  return `${article}${plainText(text)}`
}

function unloadTarget(tokens: readonly Token[]): string {
  const target = tokens[2]
  if (isWord(tokens[0], 'COPY') && target?.kind === 'stage') return `stage ${target.value}`
  if (isWord(tokens[0], 'COPY') && target !== undefined) return target.value
  const uri = tokens.findIndex(token => isWord(token, 'URI'))
  const value = uri < 0 ? undefined : tokens[uri + 2]
  return value?.kind === 'string' ? value.value : 'an outside location'
}

const words = (tokens: readonly Token[], count: number): string =>
  tokens
    .slice(0, count)
    .map(token => token.text.toLowerCase())
    .join(' ')

const names = (all: readonly string[], shown?: number): string => listed(all.map(quotedWhereOdd), shown)

function listed(all: readonly string[], shown = 5): string {
  const more = all.length - shown
  const text = all.slice(0, shown).join(', ')
  return more > 0 ? `${text} and ${more} more` : text
}

/** A name can hold words of an agent's choice; in quotes they do not pass for ours. */
const quotedWhereOdd = (name: string): string =>
  /^[\w$.@/~%*:-]+$/.test(name) ? name : `"${name.replaceAll('"', '""')}"`

/** Tokens as people read them: strings with their characters, control characters escaped. */
function plainText(tokens: readonly Token[]): string {
  let text = ''
  for (const token of tokens) {
    const shown =
      token.kind === 'string'
        ? `'${token.value.replaceAll("'", "''").replace(/[\p{C}\p{Zl}\p{Zp}]/gu, char => `\\u{${char.codePointAt(0)?.toString(16)}}`)}'`
        : token.text
    text += token.spaced && text !== '' ? ` ${shown}` : shown
    if (text.length > limit) break
  }
  return text
}
