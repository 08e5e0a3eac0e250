import type { Hazard } from '../classify/classification.ts'
import type { Estimate } from '../decide/decision.ts'
import type { HoldTerms } from '../hold/hold.ts'
import { shortLine, unseenInSql } from './visible-text.ts'

/** The gravest first. */
const hazardWords: Record<Hazard, string> = {
  unload: 'copies data out of the warehouse to a stage or bucket',
  export: 'exports data out of the warehouse',
  share: 'shares data with others',
  file_transfer: 'moves files in or out',
  role_change: 'changes the role it runs as',
  grant: 'changes who may do what',
  no_where: 'touches every row: nothing says which',
  constant_where: 'has a WHERE that is always true or always false',
  ddl: 'changes tables or other objects, not only rows',
  dynamic_sql: 'builds SQL while it runs',
  call: 'calls a procedure whose contents are not seen here',
  other_tables: 'may read tables that its text does not show',
  external: 'sends data to a service outside the warehouse',
  deferred: 'leaves something that runs later by itself',
  script: 'is a script of several steps',
  multi_statement: 'is more than one statement',
  opaque_source: 'reads a source whose contents are not seen here',
  view: 'reads a view, or what is not known to be a table: where its columns come from is not seen here',
  unknown_function: 'calls functions that are not known here',
  stage_read: 'reads files from a stage',
  session_change: 'changes settings of the session',
  metadata: 'reads metadata of the account',
  time_travel: 'reads old versions of rows',
  ambiguous_text: 'could be read in two ways',
  not_understood: 'was not fully understood',
}
const gravity = Object.keys(hazardWords)

const maxSentences = 8

/** What an approver must not overlook, each a sentence of its own; the gravest first. Of more than 8, the rest stands in the last. */
export function oddities({ statement, classification, estimate }: HoldTerms): string[] {
  const { gate, hazards, understood, cause } = classification
  const unseen = unseenInSql(statement.sql)
  const known = new Set<Hazard>(['ambiguous_text', 'not_understood'])
  const grave = hazards.filter(hazard => !known.has(hazard)).toSorted((a, b) => gravity.indexOf(a) - gravity.indexOf(b))
  const counted = !hazards.includes('no_where') && isEveryRow(estimate)
  const doubts = [
    ...(understood || (gate.ambiguous !== false && cause?.includes(gate.ambiguous))
      ? []
      : [`Not fully understood: ${shortLine(cause ?? 'No cause was given.', 120)}`]),
    ...(gate.ambiguous === false ? [] : [`Could be read in two ways: ${shortLine(gate.ambiguous, 120)}.`]),
    ...(unseen === 0 ? [] : [unseenWords(unseen)]),
    ...(counted ? ['It touches every row that is there now, whatever its WHERE says.'] : []),
  ]
  const alone = doubts.length + grave.length > maxSentences ? maxSentences - doubts.length - 1 : grave.length
  const rest = grave.slice(alone)
  return [
    ...doubts,
    ...grave.slice(0, alone).map(hazard => `It ${hazardWords[hazard] ?? hazard}.`),
    ...(rest.length > 0 ? [`Also: ${rest.join(', ').replaceAll('_', ' ')}.`] : []),
  ]
}

const unseenWords = (unseen: number): string =>
  `Holds ${unseen} ${unseen === 1 ? 'character that is' : 'characters that are'} not seen or may pass for another, written out as ⟨U+…⟩.`

const isEveryRow = ({ rows = 0, tableRows = Infinity, counted }: Estimate = {}): boolean =>
  counted === true && rows > 0 && rows >= tableRows
