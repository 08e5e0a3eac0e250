import { textWithoutSecrets } from './text/plain-text.ts'
import { isName, isWord, type Token } from './text/token.ts'

/** Words that say what kind of object follows. */
const typeWords = new Set(
  `
TABLE TABLES VIEW VIEWS MATERIALIZED SECURE TEMP TEMPORARY TRANSIENT DYNAMIC EXTERNAL ICEBERG HYBRID RECURSIVE SNAPSHOT SEMANTIC
ROW ACCESS MASKING AGGREGATION PROJECTION POLICY POLICIES STORAGE API NOTIFICATION SECURITY CATALOG INTEGRATION FILE FORMAT
SEQUENCE STREAM TASK PIPE ALERT FUNCTION AGGREGATE PROCEDURE STAGE SCHEMA DATABASE ROLE ROLES SECONDARY USER USERS WAREHOUSE RESOURCE MONITOR
SHARE NETWORK RULE SESSION TAG SECRET STREAMLIT MODEL SEARCH VECTOR INDEX CAPACITY RESERVATION ASSIGNMENT CORTEX SERVICE COMPUTE POOL
IMAGE GIT REPOSITORY NOTEBOOK AGENT EVENT APPLICATION PACKAGE CONNECTION ACCOUNT ORGANIZATION PROJECT COLUMN COLUMNS SCHEMAS DATABASES
OBJECTS TERSE GRANTS PARAMETERS PRIMARY KEYS IMMEDIATE RESULT ALL
`
    .trim()
    .split(/\s+/),
)

type Words = (tokens: readonly Token[]) => string

const rest: Words = tokens => textWithoutSecrets(tokens.slice(1))
const says =
  (verb: string, text: Words = rest): Words =>
  tokens =>
    `${verb} ${text(tokens)}`.trim()
/** `table T …`: the kind of object in small letters, as it is no name. */
const object: Words = tokens => typed(tokens.slice(1)).text

const commands: Readonly<Record<string, Words>> = {
  ALTER: alteration,
  DROP: says('drops', object),
  COMMENT: says(
    'sets a comment',
    tokens => `on ${typed(tokens.slice(tokens.findIndex(token => isWord(token, 'ON')) + 1)).text}`,
  ),
  GRANT: says('grants'),
  REVOKE: says('revokes'),
  PUT: says('uploads files:'),
  GET: says('downloads files:'),
  LIST: says('lists files:'),
  LS: says('lists files:'),
  REMOVE: says('deletes files:'),
  RM: says('deletes files:'),
  COPY: says('copies files', tokens => textWithoutSecrets(tokens.slice(2))),
  CALL: says('calls the procedure'),
  WITH: says('defines a procedure and calls it:'),
  EXECUTE: execution,
  BEGIN: block,
  START: () => 'begins a transaction',
  COMMIT: () => 'commits the transaction',
  ROLLBACK: () => 'takes the transaction back',
  SET: says('sets'),
  UNSET: says('unsets'),
  USE: says('switches to', object),
  SHOW: says('lists:'),
  DESC: says('describes:'),
  DESCRIBE: says('describes:'),
  EXPLAIN: says('explains, without running it:'),
  DECLARE: says('declares'),
  END: () => 'ends a block of a script',
}

/** What a statement does that is about objects, rights, files, sessions or scripts, from its words alone. */
export function describeCommand(tokens: readonly Token[]): string {
  const first = tokens[0]
  const words = first?.kind === 'word' ? commands[first.value] : undefined
  return words === undefined ? `runs: ${textWithoutSecrets(tokens)}` : words(tokens)
}

/** A step of a script, whatever it is. */
export function describeStep(tokens: readonly Token[]): string {
  return isWord(tokens[0], 'DECLARE', 'END', 'EXECUTE')
    ? describeCommand(tokens)
    : `runs a step of a script: ${textWithoutSecrets(tokens)}`
}

/** What a table or view holds is told by its sources, which follow `origin`; of all else the text shows the whole definition. */
export function describeCreation(tokens: readonly Token[]): { text: string; origin?: string } {
  const replaces = isWord(tokens[1], 'OR')
  const { type, text, end, next } = typed(tokens.slice(replaces ? 3 : 1))
  const whole = !/\b(table|view|model)\b/.test(type) || /\b(function|semantic|external|dynamic)\b/.test(type)
  const verb = `creates ${replaces ? 'or replaces ' : ''}${/^[aeio]/.test(type) ? 'an' : 'a'}`
  if (isWord(tokens[0], 'UNDROP')) return { text: `brings back ${text}` }
  if (whole) return { text: `${verb} ${text}` }
  const copies = isWord(next, 'CLONE', 'COPY') && type.endsWith('table')
  return { text: `${verb} ${end}`, origin: copies ? 'as a copy of' : isWord(next, 'LIKE') ? 'in the form of' : 'from' }
}

function alteration(tokens: readonly Token[]): string {
  if (isWord(tokens[1], 'SESSION')) return `changes the session: ${textWithoutSecrets(tokens.slice(2))}`
  const { end, after } = typed(tokens.slice(1))
  return after === '' ? `changes ${end}` : `changes ${end}: ${after}`
}

function execution(tokens: readonly Token[]): string {
  if (!isWord(tokens[1], 'IMMEDIATE')) return `starts ${object(tokens)}`
  return `runs SQL that a text or variable holds: ${textWithoutSecrets(tokens.slice(2))}`
}

/** Of a script, unless it begins a transaction. */
function block(tokens: readonly Token[]): string {
  const alone = tokens.length === 1 || isWord(tokens[1], 'TRANSACTION', 'WORK', 'NAME')
  return alone ? 'begins a transaction' : describeStep(tokens)
}

/** `IF NOT EXISTS` says nothing about what is there afterwards. */
function withoutCondition(tokens: readonly Token[]): readonly Token[] {
  const at = tokens.findIndex(token => isWord(token, 'IF'))
  const exists = isWord(tokens[at + 1], 'NOT') ? at + 2 : at + 1
  const condition = at >= 0 && isWord(tokens[exists], 'EXISTS') && tokens[exists + 1]?.text !== '('
  return condition ? [...tokens.slice(0, at), ...tokens.slice(exists + 1)] : tokens
}

interface Typed {
  readonly type: string
  /** Type and everything after it. */
  readonly text: string
  /** Type and name, up to where the definition begins. */
  readonly end: string
  readonly after: string
  /** What follows the name. */
  readonly next: Token | undefined
}

function typed(all: readonly Token[]): Typed {
  const tokens = withoutCondition(all)
  const named = tokens.findIndex((token, at) => !isTypeWord(token, tokens[at + 1]))
  const start = Math.max(0, named)
  const type = tokens
    .slice(0, start)
    .map(({ value }) => value.toLowerCase())
    .join(' ')
  let end = isWord(tokens[start], 'SET', 'UNSET') ? start : start + 1
  while (tokens[end]?.text === '.') end += 2
  return {
    type,
    text: `${type} ${textWithoutSecrets(tokens.slice(start))}`.trim(),
    end: `${type} ${textWithoutSecrets(tokens.slice(start, end))}`.trim(),
    after: textWithoutSecrets(tokens.slice(end)),
    next: tokens[end],
  }
}

/** What no name follows is a name itself. */
const isTypeWord = (token: Token, next: Token | undefined): boolean =>
  token.kind === 'word' && typeWords.has(token.value) && isName(next)
