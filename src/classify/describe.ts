import type { Hazard, StatementKind, StoredColumn } from './classification.ts'
import { tableOf } from './column-name.ts'
import { describeCommand, describeCreation, describeStep } from './describe-command.ts'
import { plainText } from './text/plain-text.ts'
import { isField, isWord, type Token } from './text/token.ts'

/** What is known of one statement when it is put into words. */
interface Described {
  readonly kind: StatementKind
  readonly reads: readonly string[]
  /** Every view that is read, and what is read through it. */
  readonly views: ReadonlyMap<string, readonly string[]>
  readonly writes: readonly string[]
  readonly hazards: readonly Hazard[]
  readonly columns: readonly string[] | null
  readonly stores: readonly StoredColumn[]
}

const limit = 300

/** One sentence for the people who decide. It says what the statement does, in its own names; at most 300 characters. */
export function describe(tokens: readonly Token[], what: Described): string {
  return shorten(sentence(tokens, what))
}

export const shorten = (text: string, most = limit): string =>
  text.length <= most ? text : `${text.slice(0, most - 1)}…`

/** More words behind a sentence, which is cut before they are: an agent may make it as long as it likes. */
export function withWords(summary: string, words: string): string {
  const more = shorten(words, limit / 2)
  return `${shorten(summary, limit - more.length - 2)}; ${more}`
}

function sentence(tokens: readonly Token[], what: Described): string {
  const from = what.reads.length > 0 ? ` from ${sources(what)}` : ''
  const into = what.writes.length > 0 ? names(what.writes) : 'an unknown table'
  switch (what.kind) {
    case 'select':
      return `${what.writes.length > 0 ? `may write ${into}, and ` : ''}${readSentence(tokens, what)}`
    case 'insert':
      return `inserts rows into ${into}${isWord(tokens[1], 'OVERWRITE') ? replacing : ''}${from}`
    case 'update':
      return `updates ${changed(what.stores)}rows of ${into}${from}${where(tokens)}${always(what)}`
    case 'delete':
      return `deletes rows from ${into}${what.reads.length > 0 ? `, using ${sources(what)}` : ''}${where(tokens)}${always(what)}`
    case 'merge':
      return `merges rows into ${into}${from}: ${mergeActions(tokens)}${mergeTerms(tokens)}${always(what)}`
    case 'truncate':
      return `deletes all rows from ${into}`
    case 'unload':
      return `copies data out to ${unloadTarget(tokens)}${from}`
    case 'copy':
      return `loads data into ${into}${isWord(tokens[2], 'OVERWRITE') ? replacing : ''}${purges(tokens) ? ', deleting the files,' : ''}${from || files(tokens)}`
    case 'script':
      return describeStep(tokens)
    case 'create': {
      const { text, origin } = describeCreation(tokens)
      return origin === undefined || from === '' ? text : `${text} ${origin} ${sources(what)}`
    }
    default:
      return describeCommand(tokens)
  }
}

/** Before whatever an agent may make long. */
const replacing = ', replacing all rows,'

/** Snowflake's COPY INTO a table, which then deletes what it has loaded. */
const purges = (tokens: readonly Token[]): boolean =>
  tokens.some((token, at) => isWord(token, 'PURGE') && tokens[at + 1]?.text === '=' && !isWord(tokens[at + 2], 'FALSE'))

/** The files of LOAD DATA. */
function files(tokens: readonly Token[]): string {
  const uris = tokens.filter(token => token.kind === 'string' && token.value.includes('://'))
  return uris.length === 0 ? '' : ` from ${plainText(uris.slice(0, 3))}`
}

/** `STATUS, TOTAL in `; nothing where it may be any column. */
function changed(stores: readonly StoredColumn[]): string {
  const columns = stores.map(({ column }) => column.slice(tableOf(column).length + 1))
  return columns.length === 0 || columns.includes('*') ? '' : `${names([...new Set(columns)])} in `
}

const always = ({ hazards }: Described): string =>
  hazards.includes('constant_where') ? ', which does not depend on the row' : ''

/** What a MERGE does to the rows it finds: each of its actions, in the words that follow THEN. */
function mergeActions(tokens: readonly Token[]): string {
  const actions = tokens.filter(
    (token, at) => isWord(tokens[at - 1], 'THEN') && isWord(token, ...Object.keys(mergeWords)),
  )
  return [...new Set(actions.map(token => mergeWords[token.value]))].join(', ')
}

/** On what terms it does that, as written; behind what an agent cannot make long. */
function mergeTerms(tokens: readonly Token[]): string {
  const start = topLevel(tokens, 'ON')
  return start < 0 ? '' : ` (${plainText(tokens.slice(start))})`
}

const mergeWords: Readonly<Record<string, string>> = { DELETE: 'deletes', UPDATE: 'updates', INSERT: 'inserts' }

function readSentence(tokens: readonly Token[], what: Described): string {
  const columns =
    what.columns === null
      ? ''
      : ` ${names(
          what.columns.filter(name => name !== ''),
          8,
        )}`.trimEnd()
  const from = what.reads.length > 0 ? ` from ${sources(what)}` : ' without a table'
  // Of several queries side by side, a WHERE is that of one.
  const rows = topLevel(tokens, 'UNION') < 0 ? where(tokens) : ''
  return `reads${columns}${from}${rows}${rowLimit(tokens)}`
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

/** The first WHERE outside of brackets, as written, up to the next clause; none follows that of a write, where such a word is a name. */
function where(tokens: readonly Token[]): string {
  const start = topLevel(tokens, 'WHERE')
  const writes = isWord(tokens[0], 'UPDATE', 'DELETE')
  if (start < 0) return writes ? ', all of them: there is no WHERE' : ''
  const rest = tokens.slice(start + 1)
  const end = writes ? -1 : topLevel(rest, 'GROUP', 'ORDER', 'LIMIT', 'QUALIFY', 'HAVING', 'UNION', 'WINDOW', '|>')
  // A word that ends the clause cannot begin it: there it is a name.
  return ` where ${plainText(end <= 0 ? rest : rest.slice(0, end))}`
}

function rowLimit(tokens: readonly Token[]): string {
  const at = topLevel(tokens, 'LIMIT')
  const [count, ...rest] = at < 0 ? [] : tokens.slice(at + 1)
  // What a pipe does with them after that may make more of them.
  if (count?.kind !== 'number' || topLevel(rest, '|>') >= 0) return ''
  return `, at most ${count.text} ${count.text === '1' ? 'row' : 'rows'}`
}

/** Index of the first of these words outside of brackets; -1 where there is none. */
export function topLevel(tokens: readonly Token[], ...wanted: readonly string[]): number {
  let depth = 0
  return tokens.findIndex((token, at) => {
    if (token.kind === 'symbol' && /[([{]/.test(token.text)) depth += 1
    if (token.kind === 'symbol' && /[)\]}]/.test(token.text)) depth -= 1
    return depth === 0 && isWord(token, ...wanted) && !isField(tokens, at)
  })
}

function unloadTarget(tokens: readonly Token[]): string {
  const target = tokens[2]
  if (isWord(tokens[0], 'COPY') && target?.kind === 'stage') return `stage ${target.value}`
  if (isWord(tokens[0], 'COPY') && target !== undefined) return target.value
  const uri = tokens.findIndex(token => isWord(token, 'URI'))
  const value = uri < 0 ? undefined : tokens[uri + 2]
  return value?.kind === 'string' ? value.value : 'an outside location'
}

const names = (all: readonly string[], shown?: number): string => listed(all.map(quotedWhereOdd), shown)

function listed(all: readonly string[], shown = 5): string {
  const more = all.length - shown
  const text = all.slice(0, shown).join(', ')
  return more > 0 ? `${text} and ${more} more` : text
}

/** A name can hold words of an agent's choice; in quotes they do not pass for ours. */
const quotedWhereOdd = (name: string): string =>
  /^[\w$.@/~%*:-]+$/.test(name) ? name : `"${name.replaceAll('"', '""')}"`
