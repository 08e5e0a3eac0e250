import type { DatabaseSync, SQLInputValue, SQLOutputValue, StatementResultingChanges } from 'node:sqlite'
import { inOrder, numbered } from './named-values.ts'

export type NamedValues = Readonly<Record<string, SQLInputValue>>

interface SqliteStatement {
  run(values: NamedValues): StatementResultingChanges
  get(values: NamedValues): Record<string, SQLOutputValue> | undefined
  all(values: NamedValues): Record<string, SQLOutputValue>[]
}

export function prepare(db: DatabaseSync, sql: string): SqliteStatement {
  const { text, names } = numbered(sql, '?')
  const statement = db.prepare(text)
  return {
    run: values => statement.run(...inOrder(names, values)),
    get: values => statement.get(...inOrder(names, values)),
    all: values => statement.all(...inOrder(names, values)),
  }
}
