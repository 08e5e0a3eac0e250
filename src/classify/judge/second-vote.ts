import type { StatementKind } from '../classification.ts'
import { isWord, type Token } from '../text/token.ts'
import { depths, number, symbol, word } from '../text/token-lists.ts'
import { type Identifier, isNode, type Node } from '../walk/ast.ts'
import type { Names } from '../walk/names.ts'

/** What the second parser sees in the same text. It never adds trust: it can only disagree. */
interface SecondVote {
  /** Every table name outside of the reach of a CTE of that name, read or written. */
  readonly tables: ReadonlySet<string>
  /** Something in the tree is text the parser did not read, or another statement inside. */
  readonly opaque: string | undefined
  readonly root: string
}

/** Node names that are no part of a plain query, wherever they stand. */
const statements = new Set([
  'command',
  'raw',
  'insert',
  'update',
  'delete',
  'merge',
  'multitable_inserts',
  'create_table',
  'create_view',
  'drop_table',
  'copy',
  'export',
  'truncate',
  'call',
  'execute',
  'semantic_view',
  'into',
])

/**
 * `DELETE FROM t USING a.b WHERE c` → `DELETE FROM t WHERE EXISTS (SELECT 1 FROM a.b WHERE c)`, which names the same tables: of
 * those after USING the second parser reads the first only where it is a single name, and so not what dbt writes.
 */
export function withoutUsing(tokens: readonly Token[]): readonly Token[] {
  if (!isWord(tokens[0], 'DELETE')) return tokens
  const levels = depths(tokens)
  const using = tokens.findIndex((token, at) => levels[at] === 0 && isWord(token, 'USING'))
  if (using < 0) return tokens
  const exists = [word('WHERE'), word('EXISTS'), symbol('('), word('SELECT', false), number(1), word('FROM')]
  return [...tokens.slice(0, using), ...exists, ...tokens.slice(using + 1), symbol(')')]
}

/** Reads the second parser's tree of one statement: its tables under CTE scoping, and what it could not read. */
export function secondVote(names: Names, statement: unknown): SecondVote {
  const root = isNode(statement) ? (Object.keys(statement)[0] ?? '') : ''
  const seen: { tables: Set<string>; opaque: string | undefined } = { tables: new Set(), opaque: undefined }
  const body = isNode(statement) ? statement[root] : undefined
  if (root === 'command' || root === 'raw') seen.opaque = root
  visit(names, body, new Set(), seen)
  return { tables: seen.tables, opaque: seen.opaque, root }
}

function visit(
  names: Names,
  value: unknown,
  ctes: ReadonlySet<string>,
  seen: { tables: Set<string>; opaque: string | undefined },
): void {
  if (Array.isArray(value)) {
    for (const item of value) visit(names, item, ctes, seen)
    return
  }
  if (!isNode(value)) return
  if (isTable(value)) addTable(names, value, ctes, seen.tables)
  const scope = isNode(value.with) ? withCtes(names, value.with, ctes, seen) : ctes
  const keys = Object.keys(value)
  const only = keys.length === 1 ? keys[0] : undefined
  if (only !== undefined && statements.has(only) && isNode(value[only])) seen.opaque ??= only
  for (const key of keys) if (key !== 'with') visit(names, value[key], scope, seen)
}

function withCtes(
  names: Names,
  clause: Node,
  outer: ReadonlySet<string>,
  seen: { tables: Set<string>; opaque: string | undefined },
): ReadonlySet<string> {
  const scope = new Set(outer)
  for (const cte of Array.isArray(clause.ctes) ? clause.ctes : []) {
    if (!isNode(cte)) continue
    const key = names.key(asIdentifier(cte.alias))
    if (clause.recursive === true) visit(names, cte.this, new Set([...scope, key]), seen)
    else visit(names, cte.this, scope, seen)
    scope.add(key)
  }
  return scope
}

const isTable = (value: Node): boolean => 'catalog' in value && 'schema' in value && isNode(value.name)

function addTable(names: Names, table: Node, ctes: ReadonlySet<string>, tables: Set<string>): void {
  const parts = [table.catalog, table.schema, table.name].filter(isNode).map(asIdentifier)
  const only = parts.length === 1 ? parts[0] : undefined
  if (only !== undefined && (ctes.has(names.key(only)) || only.text === '')) return
  tables.add(names.table(parts))
}

function asIdentifier(value: unknown): Identifier {
  if (!isNode(value) || typeof value.name !== 'string') return { text: '', quoted: false }
  return { text: value.name, quoted: value.quoted === true }
}

const queryRoots = new Set(['select', 'union', 'intersect', 'except', 'subquery', 'values', 'paren', 'with'])
const rootsByKind: Partial<Record<StatementKind, RegExp>> = {
  insert: /^(insert|multitable_inserts)$/,
  update: /^update$/,
  delete: /^delete$/,
  merge: /^merge$/,
  truncate: /^truncate/,
  create: /^create_/,
  alter: /^(?:alter_|comment$)/,
  drop: /^drop/,
  copy: /^copy$/,
  unload: /^(copy|export)$/,
}

/** Why the votes differ; `undefined` where they agree, or where this kind takes no second vote. */
export function disagreement(
  kind: StatementKind,
  tables: ReadonlySet<string>,
  arrays: ReadonlySet<string>,
  vote: SecondVote,
): string | undefined {
  if (kind === 'select' && !queryRoots.has(vote.root)) return 'one parser sees a query, the other something else'
  const root = rootsByKind[kind]
  if (kind !== 'select' && root === undefined) return undefined
  if (root !== undefined && !root.test(vote.root)) return 'the parsers disagree about the kind of statement'
  if (kind === 'select' && vote.opaque !== undefined) return `one parser could not read a part (${vote.opaque})`
  const extra = [...vote.tables].filter(table => !tables.has(table) && !arrays.has(table))
  const exact = kind === 'select' || kind === 'insert' || kind === 'update' || kind === 'delete' || kind === 'merge'
  const missing = exact ? [...tables].filter(table => !vote.tables.has(table) && !table.startsWith('@')) : []
  if (extra.length === 0 && missing.length === 0) return undefined
  return `the parsers disagree about the tables: ${[...extra, ...missing].slice(0, 3).join(', ')}`
}
