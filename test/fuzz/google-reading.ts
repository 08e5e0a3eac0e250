import type { Tree } from './google-sql.ts'

/** What GoogleSQL's tree says of a text. */
interface GoogleReading {
  /** The kinds of its statements, in the tree's own words. */
  readonly kinds: readonly string[]
  /** Whether it has blocks and control flow, whose parts end in semicolons, too. */
  readonly script: boolean
  /** Every path that stands where a table does; for `least`, without what may be a CTE or an array of another table. */
  readonly most: ReadonlySet<string>
  readonly least: ReadonlySet<string>
}

export const oneQuery = 'astQueryStatementNode'

export function googleReading(script: Tree): GoogleReading {
  const list = (script.statementListNode as Tree | undefined)?.statementList as readonly Tree[] | undefined
  const kinds = (list ?? []).map(statement => String(statement.node))
  const paths: string[][] = []
  const local = new Set<string>()
  collect(script, paths, local)
  const named = (path: readonly string[]) => path.join('.')
  return {
    kinds,
    script: holdsBlock(list ?? []),
    most: new Set(paths.map(named)),
    least: new Set(paths.filter(path => !local.has(firstName(path))).map(named)),
  }
}

function holdsBlock(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  return Object.entries(value).some(([member, inner]) => member === 'statementList' || holdsBlock(inner))
}

const firstName = (path: readonly string[]): string => (path[0] ?? '').split('.')[0]?.toLowerCase() ?? ''

/** Gathers the paths of tables, and whatever name the text itself gives to something. */
function collect(value: unknown, paths: string[][], local: Set<string>): void {
  if (Array.isArray(value)) for (const item of value) collect(item, paths, local)
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return
  const node = value as Tree
  const table = node.astTablePathExpressionNode as Tree | undefined
  if (table?.pathExpr) {
    const path = namesOf(table.pathExpr as Tree)
    paths.push(path)
    // A table without an alias is called by its last name, and arrays are read through it; BigQuery takes a path in back-ticks apart.
    if (!table.alias) local.add(path.at(-1)?.split('.').at(-1)?.toLowerCase() ?? '')
  }
  const alias = node.alias as Tree | undefined
  if (alias !== undefined) local.add(aliasOf(alias).toLowerCase())
  for (const member of Object.values(node)) collect(member, paths, local)
}

const namesOf = (path: Tree): string[] =>
  ((path.names ?? []) as readonly { readonly idString: string }[]).map(({ idString }) => idString)

const aliasOf = (alias: Tree): string =>
  String(alias.idString ?? (alias.identifier as Tree | undefined)?.idString ?? '')

/** The tree without places and without how literals were written: two texts with the same answer mean the same. */
export function meaning(script: Tree): string {
  return JSON.stringify(script, (member, value) => {
    if (member === 'parseLocationRange' || (member === 'image' && /^[rRbB]{0,2}['"]/.test(String(value))))
      return undefined
    return member === 'image' && /^0x[0-9a-f]+$/i.test(String(value)) ? `${BigInt(value)}` : value
  })
}
