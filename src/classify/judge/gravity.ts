import type { StatementKind } from '../classification.ts'

/** What people must not miss among the statements of one text, the gravest first. */
const gravestFirst: readonly StatementKind[] = [
  ...(['drop', 'truncate', 'delete', 'grant', 'unload', 'file', 'call', 'script', 'alter', 'merge', 'update'] as const),
  ...(['create', 'copy', 'insert', 'other', 'session', 'use', 'select', 'transaction', 'show', 'describe'] as const),
  'explain',
]

/** For sorting. */
export const byGravity = (a: StatementKind, b: StatementKind): number =>
  gravestFirst.indexOf(a) - gravestFirst.indexOf(b)
