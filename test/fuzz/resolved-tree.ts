/** A node of GoogleSQL's resolved tree. `kind` is its name where a place may hold nodes of several kinds. */
export interface Node {
  readonly kind?: string
  readonly [member: string]: unknown
}

export const node = (value: unknown): Node => (isObject(value) ? value : {})
export const nodes = (value: unknown): readonly Node[] => (Array.isArray(value) ? value.map(node) : [])

const isObject = (value: unknown): value is Node => typeof value === 'object' && value !== null && !Array.isArray(value)

/** The tree without the wrappers that say which kind of node follows; a node has what its more general kinds have beside its own. */
export function plainTree(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plainTree)
  if (!isObject(value)) return value
  if (typeof value.node === 'string') return { kind: value.node, ...node(plainTree(value[value.node])) }
  const { parent, ...own } = value
  const members = Object.entries(own).map(([name, inner]) => [name, name === 'type' ? inner : plainTree(inner)])
  return { ...node(plainTree(parent)), ...Object.fromEntries(members) }
}

/** Columns have numbers, which no two columns of a statement share. */
export const numberOf = (column: unknown): number => Number(node(column).columnId)

/** A column where an expression is meant. */
export const reference = (column: unknown): Node => ({ kind: 'resolvedColumnRefNode', column })
