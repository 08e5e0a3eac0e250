import type { HoldTerms } from '../hold/hold.ts'
import type { Statement } from '../statement.ts'
import { visible } from './visible-text.ts'

/** All that runs, as people read it: unseen characters are written out. */
export interface WholeStatement {
  readonly sql: string
  /** Binds, database, schema and parameters, a line each; empty where there are none. */
  readonly context: string
}

export function wholeStatement({ statement }: Pick<HoldTerms, 'statement'>): WholeStatement {
  return { sql: visible(statement.sql), context: contextLines(statement).map(visible).join('\n') }
}

function contextLines(statement: Statement): string[] {
  return [
    ...statement.binds.map((value, index) => `bind ${index + 1} = ${JSON.stringify(value)}`),
    ...(statement.database === undefined ? [] : [`database ${quoted(statement.database)}`]),
    ...(statement.schema === undefined ? [] : [`schema ${quoted(statement.schema)}`]),
    ...Object.entries(statement.parameters).map(
      ([name, value]) => `parameter ${quoted(name)} = ${JSON.stringify(value)}`,
    ),
  ]
}

/** In quotes where a name could pass for more than a name, such as another line. */
function quoted(name: string): string {
  return /^[\w$.-]+$/.test(name) ? name : JSON.stringify(name)
}
