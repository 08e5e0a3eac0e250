import type { HoldTerms } from '../hold/hold.ts'
import type { BindType, BindValue, Statement } from '../statement.ts'
import { visibleSql } from './visible-text.ts'

/** All that runs, as people read it: unseen characters are written out. */
interface WholeStatement {
  readonly sql: string
  /** Binds, database, schema and parameters, a line each; empty where there are none. */
  readonly context: string
}

export function wholeStatement({ statement }: Pick<HoldTerms, 'statement'>): WholeStatement {
  return { sql: visibleSql(statement.sql), context: contextLines(statement).map(visibleSql).join('\n') }
}

function contextLines(statement: Statement): string[] {
  return [
    ...statement.binds.map(bindLine),
    ...(statement.database === undefined ? [] : [`database ${quoted(statement.database)}`]),
    ...(statement.schema === undefined ? [] : [`schema ${quoted(statement.schema)}`]),
    ...Object.entries(statement.parameters).map(
      ([name, value]) => `parameter ${quoted(name)} = ${JSON.stringify(value)}`,
    ),
  ]
}

function bindLine(bind: BindValue, index: number): string {
  if (bind === null || typeof bind !== 'object') return `bind ${index + 1} = ${JSON.stringify(bind)}`
  const place = bind.name === undefined ? String(index + 1) : `@${quoted(bind.name)}`
  return `bind ${place} ${typeText(bind.type)} = ${JSON.stringify(bind.value)}`
}

function typeText(type: BindType): string {
  if (typeof type === 'string') return quoted(type)
  if ('array' in type) return `ARRAY<${typeText(type.array)}>`
  return `STRUCT<${type.struct.map(field => `${quoted(field.name)} ${typeText(field.type)}`).join(', ')}>`
}

/** In quotes where a name could pass for more than a name, such as another line. */
function quoted(name: string): string {
  return /^[\w$.-]+$/.test(name) ? name : JSON.stringify(name)
}
