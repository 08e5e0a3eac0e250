import type { Dialect } from '../../statement.ts'
import type { Hazard, StatementKind } from '../classification.ts'
import { isWord, type Token } from './token.ts'

/** What a statement is by its first words alone: our own opinion, needed where the parsers give none. */
interface LeadingReading {
  readonly kind: StatementKind
  readonly hazards: readonly Hazard[]
}

const scriptWords = new Set([
  'DECLARE',
  'LET',
  'IF',
  'ELSE',
  'ELSEIF',
  'FOR',
  'LOOP',
  'WHILE',
  'REPEAT',
  'CASE',
  'RETURN',
  'RAISE',
  'BREAK',
  'LEAVE',
  'CONTINUE',
  'ITERATE',
  'ASSERT',
  'EXCEPTION',
  'END',
  'UNTIL',
  'OPEN',
  'FETCH',
  'CLOSE',
  'NULL',
  'AWAIT',
  'ASYNC',
  'WHEN',
  'THEN',
])

const simple: Readonly<Record<string, LeadingReading>> = {
  SELECT: { kind: 'select', hazards: [] },
  WITH: { kind: 'select', hazards: [] },
  VALUES: { kind: 'select', hazards: [] },
  FROM: { kind: 'select', hazards: [] },
  '(': { kind: 'select', hazards: [] },
  INSERT: { kind: 'insert', hazards: [] },
  UPDATE: { kind: 'update', hazards: [] },
  DELETE: { kind: 'delete', hazards: [] },
  MERGE: { kind: 'merge', hazards: [] },
  TRUNCATE: { kind: 'truncate', hazards: [] },
  UNDROP: { kind: 'create', hazards: ['ddl'] },
  COMMENT: { kind: 'alter', hazards: ['ddl'] },
  GRANT: { kind: 'grant', hazards: ['grant'] },
  REVOKE: { kind: 'grant', hazards: ['grant'] },
  LOAD: { kind: 'copy', hazards: ['file_transfer'] },
  PUT: { kind: 'file', hazards: ['file_transfer'] },
  GET: { kind: 'file', hazards: ['file_transfer'] },
  LIST: { kind: 'file', hazards: ['file_transfer'] },
  LS: { kind: 'file', hazards: ['file_transfer'] },
  REMOVE: { kind: 'file', hazards: ['file_transfer'] },
  RM: { kind: 'file', hazards: ['file_transfer'] },
  CALL: { kind: 'call', hazards: ['call'] },
  START: { kind: 'transaction', hazards: [] },
  COMMIT: { kind: 'transaction', hazards: [] },
  ROLLBACK: { kind: 'transaction', hazards: [] },
  SET: { kind: 'session', hazards: ['session_change'] },
  UNSET: { kind: 'session', hazards: ['session_change'] },
  SHOW: { kind: 'show', hazards: ['metadata'] },
  DESC: { kind: 'describe', hazards: ['metadata'] },
  DESCRIBE: { kind: 'describe', hazards: ['metadata'] },
  EXPLAIN: { kind: 'explain', hazards: ['metadata'] },
}

export function leadingReading(tokens: readonly Token[], dialect: Dialect): LeadingReading {
  const first = tokens[0]?.value ?? ''
  const words = tokens.slice(0, 8).map(token => (token.kind === 'word' ? token.value : ''))
  switch (first) {
    case 'WITH':
      if (words.includes('PROCEDURE')) return { kind: 'call', hazards: ['call', 'script'] }
      break
    case 'CREATE':
      return { kind: 'create', hazards: ['ddl', ...objectHazards(tokens), ...pastHazards(tokens)] }
    case 'ALTER':
      if (words[1] === 'SESSION') return { kind: 'session', hazards: ['session_change'] }
      return { kind: 'alter', hazards: ['ddl', ...objectHazards(tokens), ...protectionHazards(tokens)] }
    case 'DROP':
      return { kind: 'drop', hazards: ['ddl', ...rightsHazards(typeWords(tokens)), ...protectionHazards(tokens)] }
    case 'COPY':
      return copyReading(tokens)
    case 'EXPORT':
      return { kind: 'unload', hazards: words[1] === 'DATA' ? ['unload'] : ['unload', 'export'] }
    case 'EXECUTE':
      if (words[1] === 'IMMEDIATE') return { kind: 'script', hazards: ['script', 'dynamic_sql'] }
      return { kind: 'call', hazards: ['call', 'deferred'] }
    case 'BEGIN':
      return beginReading(tokens)
    case 'USE':
      return {
        kind: 'use',
        hazards: [words[1] === 'ROLE' || words[1] === 'SECONDARY' ? 'role_change' : 'session_change'],
      }
  }
  if (tokens[0]?.kind !== 'word' && first !== '(') return { kind: 'other', hazards: [] }
  if (scriptWords.has(first)) return { kind: 'script', hazards: ['script'] }
  if (dialect === 'bigquery' && first === 'REPLACE') return { kind: 'insert', hazards: [] }
  const reading = simple[first] ?? { kind: 'other', hazards: [] }
  return dialect === 'bigquery' && reading.kind === 'select' ? pipedReading(tokens) : reading
}

/** What a pipe ends in is what it does: `FROM t |> EXPORT DATA …` carries data out, also from one of several branches. */
function pipedReading(tokens: readonly Token[]): LeadingReading {
  const operators = tokens.filter((token, at) => token.kind === 'word' && isWord(tokens[at - 1], '|>'))
  const does = new Set(operators.map(({ value }) => value))
  const kind = does.has('EXPORT') ? 'unload' : does.has('INSERT') ? 'insert' : does.has('CREATE') ? 'create' : 'select'
  const hazards: readonly (readonly [Hazard, boolean])[] = [
    ['unload', does.has('EXPORT')],
    ['ddl', does.has('CREATE')],
    ['opaque_source', does.has('CALL')],
  ]
  return { kind, hazards: hazards.flatMap(([hazard, isThere]) => (isThere ? [hazard] : [])) }
}

/** What the kind of object adds: runs later, reaches out, shares, or gives rights. */
function objectHazards(tokens: readonly Token[]): Hazard[] {
  const words = typeWords(tokens)
  const hazards: Hazard[] = []
  const any = (...names: readonly string[]) => words.some(word => names.includes(word))
  if (any('TASK', 'PIPE', 'STREAM', 'ALERT', 'DYNAMIC', 'MATERIALIZED', 'SERVICE', 'NOTEBOOK', 'STREAMLIT'))
    hazards.push('deferred')
  if (any('EXTERNAL', 'INTEGRATION', 'STAGE', 'CONNECTION', 'MODEL', 'REMOTE', 'ICEBERG', 'REPOSITORY', 'NETWORK'))
    hazards.push('external')
  if (any('SHARE', 'LISTING', 'REPLICATION', 'FAILOVER')) hazards.push('share')
  if (any('FUNCTION', 'PROCEDURE')) hazards.push('script')
  return [...hazards, ...rightsHazards(words)]
}

/** `FOR SYSTEM_TIME AS OF`: what was once in a table. */
const pastHazards = (tokens: readonly Token[]): readonly Hazard[] =>
  tokens.some((token, at) => isWord(token, 'FOR') && isWord(tokens[at + 1], 'SYSTEM_TIME')) ? ['time_travel'] : []

/** Who there is, and what hides rows and values from whom. */
const rightsHazards = (words: readonly string[]): Hazard[] =>
  words.some(word => ['USER', 'ROLE', 'ACCOUNT', 'POLICY', 'POLICIES', 'DATA_POLICY'].includes(word)) ? ['grant'] : []

/**
 * `ALTER TABLE … UNSET MASKING POLICY`, `SET TAG`, `OPTIONS (policy_tags = …)`: who sees the values of a column, or what it counts
 * as, is another then.
 */
function protectionHazards(tokens: readonly Token[]): Hazard[] {
  const changes = tokens.some((token, at) => {
    const next = tokens[at + 1]
    if (isWord(next, 'POLICY', 'POLICIES'))
      return isWord(token, 'ACCESS', 'MASKING', 'PROJECTION', 'AGGREGATION', 'JOIN')
    if (isWord(next, 'TAG')) return isWord(token, 'SET', 'UNSET')
    return /^(policy_tags|data_policies|labels|tags)$/i.test(token.value) && isWord(next, '=', '+=', '-=')
  })
  return changes ? ['grant'] : []
}

/** The first words, up to the one behind which a table, view or schema is named. */
function typeWords(tokens: readonly Token[]): readonly string[] {
  const words = tokens.slice(1, 8).map(token => (token.kind === 'word' ? token.value : ''))
  const named = words.findIndex((word, at) => /^(TABLE|VIEW|SCHEMA)$/.test(word) && words[at + 1] !== 'FUNCTION')
  return named < 0 ? words : words.slice(0, named + 1)
}

/** `COPY INTO @stage` and `COPY INTO 's3://…'` carry data out, whatever a parser calls them. */
function copyReading(tokens: readonly Token[]): LeadingReading {
  if (isWord(tokens[1], 'FILES')) return { kind: 'file', hazards: ['file_transfer'] }
  const target = tokens[2]
  if (target?.kind === 'stage' || target?.kind === 'string') return { kind: 'unload', hazards: ['unload'] }
  return { kind: 'copy', hazards: ['stage_read'] }
}

function beginReading(tokens: readonly Token[]): LeadingReading {
  const next = tokens[1]
  if (next === undefined || isWord(next, 'TRANSACTION', 'WORK', 'NAME')) return { kind: 'transaction', hazards: [] }
  return { kind: 'script', hazards: ['script'] }
}
