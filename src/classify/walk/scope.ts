import { columnName } from '../column-name.ts'
import { Unread } from './ast.ts'
import { columnFlow, computed, emptyFlow, type Flow, joinFlows, unknownFlow } from './flow.ts'
import type { Names } from './names.ts'
import { unmarked } from './type-text.ts'

/** One column of a relation. `key` is what names are compared with. */
export interface Column {
  readonly name: string
  readonly key: string
  readonly flow: Flow
  /** BigQuery type text where the catalog gave one; fields of a STRUCT are found in it. */
  readonly type?: string
  /** The element of an UNNEST whose fields are columns of their own: `*` shows only those. */
  readonly whole?: true
  /** Stands beside the row and is no part of it: the offset of an UNNEST. */
  readonly beside?: true
  /** What a column without a name may be called: that in its brackets, `(ssn)`. */
  readonly mayBe?: string
}

/** What its fields come from is what all of it comes from. */
export function unmarkedColumn(column: Column): Column {
  const { type, ...others } = column
  return type === undefined ? column : { ...others, type: unmarked(type) }
}

/** What stands in a FROM clause, or the result of a query. */
export interface Relation {
  readonly alias?: string
  /** Folded parts of a base table's name, for references by its path. */
  readonly path?: readonly string[]
  readonly columns: readonly Column[]
  /** Base tables whose columns are not known: any further column of theirs is in here too. */
  readonly open: readonly string[]
  /** True where even the names are not known (a set operation over unknown stars): every reference is unknown. */
  readonly opaque: boolean
  /** What columns come from that are not listed, where that can be told although their names cannot: fields of a struct, a function's rows. */
  readonly rest?: Flow
  /** Its columns are known by name, but not which one stands where. */
  readonly unordered?: true
  /** Its rows are single values, of the column of its name. */
  readonly element?: true
  /** Where a bare name may be none of its columns, though it be called like one. */
  readonly behind?: boolean
}

/** What USING or NATURAL joins by: `*` shows these columns once, before the others of the two sides. */
export interface Merge {
  readonly keys: readonly string[]
  /** Places in the scope's relations: where the left side begins, where the right one does, and where that ends. */
  readonly start: number
  readonly middle: number
  readonly end: number
}

export interface Scope {
  readonly relations: Relation[]
  readonly merges: Merge[]
  /** Names of select items, where the dialect lets other clauses use them. */
  readonly aliases: Map<string, Flow>
  /** Keys that were asked for and are neither surely a column nor, so far, an alias; and what columns each was taken for every time. */
  readonly unsure: Map<string, ReadonlySet<string>>
  /** In clauses that may mean these first, as ORDER BY does: the columns of the result, where not all are known by name. */
  readonly shown?: Omit<Relation, 'alias'>
  /** Of a lambda: its parameters are never those of a query around. */
  readonly isLambda?: true
  readonly parent?: Scope
}

/** True where all columns are known by name. */
export const isClosed = (relation: Relation): boolean => !relation.opaque && relation.open.length === 0

/** True where all columns are known by name and in order. */
export const isOrdered = (relation: Relation): boolean => isClosed(relation) && !relation.unordered

/** A relation whose columns are not known by name, but what they come from. */
export const namelessRelation = (rest: Flow): Omit<Relation, 'alias'> => ({ columns: [], open: [], opaque: true, rest })

/** Of what is made of several relations: `rest` only where each of them that is opaque has one, `unordered` where one is. */
export function restOf(relations: readonly Relation[]): Pick<Relation, 'rest' | 'unordered'> {
  const rests = relations.flatMap(({ rest }) => rest ?? [])
  const isTold = rests.length > 0 && !relations.some(({ opaque, rest }) => opaque && rest === undefined)
  return {
    ...(isTold && { rest: joinFlows(rests) }),
    ...(relations.some(({ unordered }) => unordered) && { unordered: true }),
  }
}

/** Everything in one row of the relation. */
export function wholeRow(relation: Relation): Flow {
  const flows = relation.columns.filter(column => !column.beside).map(column => column.flow)
  if (relation.rest !== undefined || !isClosed(relation)) flows.push(anyOf(relation))
  return joinFlows(flows)
}

/**
 * A column that could not be told apart: `TABLE.*` stands for any of its columns, and the flow is not known. It is traced where it is
 * surely one of those.
 */
export function anyOf({ open, opaque, rest }: Relation): Flow {
  const traced = !opaque || rest !== undefined
  const tables = { ...unknownFlow, traced, sources: new Set(open.map(table => `${table}.*`)) }
  if (rest === undefined) return tables
  return open.length === 0 ? rest : joinFlows([tables, rest])
}

/** What is named like no column, `"MAX(SSN)"` or `"NULL"`, may be one that its query gave no name. */
const mayBeCalled = ({ name, mayBe }: Column, key: string): boolean =>
  mayBe === key || (name === '' && !/^(?!(NULL|TRUE|FALSE|(CURRENT_|LOCAL)\w+)$)[A-Za-z_][\w$]*$/.test(key))

/** For names that take columns out of their places: which one goes must be certain. */
export function checkPicked(columns: readonly Column[], keys: Iterable<string>): void {
  for (const key of keys)
    if (columns.some(column => mayBeCalled(column, key))) throw new Unread('the name of a column that was given none')
}

/** The column of this relation, with `certain` where its columns are known; nothing where it has no such column. */
export function columnOf(relation: Relation, key: string, name: string): { flow: Flow; certain: boolean } | undefined {
  const found = relation.columns.filter(column => column.key === key).map(column => column.flow)
  if (found.length > 0) return { flow: joinFlows(found), certain: true }
  const { open, opaque, rest } = relation
  if (opaque && rest === undefined) return { flow: anyOf(relation), certain: false }
  const flows = [
    ...relation.columns.filter(column => mayBeCalled(column, key)).map(column => column.flow),
    ...open.map(table => columnFlow(columnName(table, name))),
    ...(rest === undefined ? [] : [rest]),
  ]
  if (flows.length > 0) return { flow: joinFlows(flows), certain: false }
  return undefined
}

/** What is named as a column is, though no catalog lists it: columns of every table, the user without brackets. They hold no table's data. */
const pseudoColumns: ReadonlySet<string> = new Set([
  '_table_suffix',
  '_partitiontime',
  '_partitiondate',
  '_file_name',
  'METADATA$FILENAME',
  'METADATA$FILE_ROW_NUMBER',
  'METADATA$ACTION',
  'METADATA$ISUPDATE',
  'METADATA$ROW_ID',
  'LEVEL',
  'CURRENT_USER',
])

/**
 * What a bare name means: a column of a relation, a select alias, or a whole row. Where more than one reading is
 * possible all are taken, so that no base column is lost; where none is, the flow is unknown.
 */
export function resolveName(scope: Scope, names: Names, key: string, name: string): Flow {
  const unsure: Scope['unsure'][] = []
  const flow = resolveIn(scope, names, key, name, unsure) ?? (pseudoColumns.has(key) ? emptyFlow : unknownFlow)
  for (const asked of unsure) {
    const before = asked.get(key)
    asked.set(
      key,
      before === undefined ? flow.sources : new Set([...before].filter(column => flow.sources.has(column))),
    )
  }
  return flow
}

/** Whether a bare name may be a column or an alias here, or around. */
export function mayResolve(scope: Scope, names: Names, key: string): boolean {
  const unsure: Scope['unsure'][] = []
  const found = resolveIn(scope, names, key, key, unsure) !== undefined
  for (const asked of unsure) asked.set(key, new Set())
  return found
}

/** Adds to `unsure` those of the scopes where it is neither surely a column nor, so far, an alias. */
function resolveIn(scope: Scope, names: Names, key: string, name: string, unsure: Scope['unsure'][]): Flow | undefined {
  const hits: Flow[] = []
  let certain = false
  // In BigQuery no column of a table has a dot in its name.
  const isOfTables = names.dialect === 'snowflake' || !key.includes('.')
  for (const relation of scope.relations) {
    const hit = columnOf(isOfTables ? relation : { ...relation, open: [] }, key, name)
    if (hit === undefined) continue
    certain ||= hit.certain && relation.behind !== true
    hits.push(hit.flow)
  }
  if (certain && !mayStandTwice(scope, names)) hits.splice(0, hits.length, ...certainHits(scope, key, name))
  const alias = scope.aliases.get(key)
  const given = alias ?? (scope.shown && columnOf(scope.shown, key, name)?.flow)
  if (given !== undefined) hits.push(given)
  const row = names.dialect === 'bigquery' ? scope.relations.find(relation => rowName(relation) === key) : undefined
  // GoogleSQL takes the row before a column of that name, but some tables' columns come first in BigQuery: both count.
  if (row !== undefined && !row.element) hits.push(computed(rowOf(row)))
  if (!certain) unsure.push(scope.unsure)
  // An alias may give way to a column of a query around; the parameter of a lambda does not.
  const found = certain || row !== undefined || (alias !== undefined && scope.isLambda)
  if (!found && scope.parent !== undefined) {
    const outer = resolveIn(scope.parent, names, key, name, unsure)
    if (outer !== undefined) hits.push(outer)
  }
  return hits.length === 0 ? undefined : joinFlows(hits)
}

/** What a relation's whole row is called. */
export const rowName = ({ alias, path }: Relation): string | undefined => alias ?? path?.at(-1)

/** Of a table whose columns are not known, its own name is as likely that of a column: then the row is any of them, and that is known. */
function rowOf(row: Relation): Flow {
  const flow = wholeRow(row)
  return row.alias === undefined && !row.opaque ? { ...flow, known: true, traced: true } : flow
}

/**
 * Under USING some accounts of Snowflake's take the leftmost column of a name, where others refuse the query: one of a table that is not known
 * counts beside the one that is. https://docs.snowflake.com/en/release-notes/bcr-bundles/2026_04/bcr-2256
 */
const mayStandTwice = ({ merges }: Scope, { dialect }: Names): boolean => dialect === 'snowflake' && merges.length > 0

function certainHits(scope: Scope, key: string, name: string): Flow[] {
  return scope.relations.flatMap(relation => {
    const hit = columnOf(relation, key, name)
    return hit?.certain ? [hit.flow] : []
  })
}

/**
 * The relation that a prefix names: by its alias, or by the end of a table's path where it has no alias. Where it names several, as
 * `t` does in `FROM a.t, b.t`, all of them together: what one of them has may be another's whose columns are not known.
 */
export function findRelation(scope: Scope | undefined, prefix: readonly string[]): Relation | undefined {
  for (let current = scope; current !== undefined; current = current.parent) {
    const [first, ...others] = current.relations.filter(relation => isNamed(relation, prefix))
    if (first !== undefined) return others.length === 0 ? first : together([first, ...others])
  }
  return undefined
}

function isNamed({ alias, path = [] }: Relation, prefix: readonly string[]): boolean {
  if (alias !== undefined) return prefix.length === 1 && alias === prefix[0]
  const tail = path.slice(-prefix.length)
  return tail.length === prefix.length && tail.every((part, index) => part === prefix[index])
}

function together(relations: readonly Relation[]): Relation {
  const open = [...new Set(relations.flatMap(relation => relation.open))]
  const unlisted: Relation = { columns: [], open, opaque: relations.some(({ opaque }) => opaque), ...restOf(relations) }
  const columns = relations.flatMap(relation => relation.columns)
  const withUnlisted = ({ key, name, flow }: Column) => {
    const hit = columnOf(unlisted, key, name)
    return joinFlows(hit === undefined ? [flow] : [flow, hit.flow])
  }
  return {
    columns: columns.map(column => ({ ...column, flow: withUnlisted(column) })),
    open,
    opaque: true,
    behind: relations.every(({ behind }) => behind),
  }
}
