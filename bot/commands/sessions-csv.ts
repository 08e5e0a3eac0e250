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

/**
 * What a spreadsheet would run as a formula, in letters of any width, stands behind a quote (CWE-1236); what a terminal would obey,
 * or an eye would not see, is written out.
 */
function cell(value: string | number | undefined): string {
  if (value === undefined || typeof value === 'number') return String(value ?? '')
  const harmless = visible(/^[=+\-@\t\r\n\uFF1D\uFF0B\uFF0D\uFF20]/.test(value) ? `'${value}` : value)
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless
}
