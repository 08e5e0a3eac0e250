import type { SessionLine } from '#src/oncall/internal-shapes.ts'
import { visible } from '#src/show/visible-text.ts'

const columns = [
  'id',
  'received',
  'state',
  'agent',
  'connection',
  'kind',
  'tables',
  'rule',
  'rows',
  'cost',
  'sql',
] as const

/** RFC 4180, with the first characters of the statements. */
export function sessionsCsv(sessions: readonly SessionLine[]): string {
  const rows = sessions.map(session => ({
    ...session,
    received: new Date(session.receivedAt).toISOString(),
    tables: session.tables.join(' '),
  }))
  const lines = rows.map(row => columns.map(name => cell(row[name])).join(','))
  return [columns.join(','), ...lines, ''].join('\r\n')
}

/** What a spreadsheet takes for the beginning of a formula, in letters of any width. */
const formula = '=+\\-@\\uFF1D\\uFF0B\\uFF0D\\uFF20'
const begins = new RegExp(`^[\\t\\r\\n${formula}]`)
const beginsNext = new RegExp(`;(?=[\\s"]*[${formula}])`, 'g')

/**
 * What a spreadsheet would run as a formula stands behind a quote (CWE-1236), also where it begins a cell only for one whose list
 * separator is a semicolon, which sees no quotes around it either: so a cell is one line. What a terminal would obey, or an eye
 * would not see, is written out.
 */
function cell(value: string | number | undefined): string {
  if (value === undefined || typeof value === 'number') return String(value ?? '')
  const guarded = (begins.test(value) ? `'${value}` : value).replaceAll(beginsNext, ";'")
  const harmless = visible(guarded.replaceAll(/\s*[\r\n]\s*/g, ' '))
  return /[",]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless
}
