import type { StatementKind } from '#src/classify/classification.ts'

/** Snowflake's numbers for kinds of statements, which drivers go by: what has rows, and what counts them. */
export const statementTypes = {
  select: 0x1000,
  insert: 0x3100,
  update: 0x3200,
  delete: 0x3300,
  merge: 0x3400,
  alterSession: 0x4100,
  useDatabase: 0x4301,
  useSchema: 0x4302,
  useWarehouse: 0x4303,
  show: 0x4400,
  describe: 0x4500,
  transaction: 0x5000,
  definition: 0x6000,
  batch: 0xa000,
} as const

const byKind: Partial<Record<StatementKind, number>> = {
  select: statementTypes.select,
  explain: statementTypes.select,
  call: statementTypes.select,
  insert: statementTypes.insert,
  update: statementTypes.update,
  delete: statementTypes.delete,
  merge: statementTypes.merge,
  show: statementTypes.show,
  describe: statementTypes.describe,
  transaction: statementTypes.transaction,
}

export function statementTypeOf(kind: StatementKind): number {
  return byKind[kind] ?? statementTypes.definition
}

/** What Snowflake calls the one column that counts the rows of such a statement. */
export function countColumnOf(kind: StatementKind): string {
  switch (kind) {
    case 'insert':
      return 'number of rows inserted'
    case 'delete':
      return 'number of rows deleted'
    default:
      return 'number of rows updated'
  }
}
