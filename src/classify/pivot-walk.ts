import {
  type Identifier,
  identifier,
  isNode,
  list,
  literalString,
  members,
  type Node,
  present,
  struct,
  Unread,
  variant,
} from './ast.ts'
import { tableOf } from './column-name.ts'
import { everyFlow, expressionFlow, orderFlow } from './expression-walk.ts'
import { asIndirect, computed, type Flow, joinFlows } from './flow.ts'
import { queryFlow } from './query-walk.ts'
import { type Column, isClosed, namelessRelation, type Relation } from './scope.ts'
import { factorRelation, withAlias } from './source-walk.ts'
import { newQueryScope, outputColumn, type QueryScope, type Walk } from './walk.ts'

const pivotMembers = members('table', 'aggregate_functions', 'value_column', 'value_source', 'default_on_null', 'alias')

/** PIVOT: the columns that are neither aggregated nor pivoted stay; one column a value (and aggregate) comes. */
export function pivotRelation(walk: Walk, outer: QueryScope, payload: unknown): Relation {
  const node = struct(payload, 'PIVOT', pivotMembers)
  const { scope, input } = inputOf(walk, outer, node)
  const decides = asIndirect(everyFlow(walk, scope, node.value_column))
  walk.filter(decides)
  const defaults = everyFlow(walk, scope, node.default_on_null)
  const aggregates = list(node.aggregate_functions, 'PIVOT').map(item => {
    const { expr, alias } = struct(item, 'PIVOT', members('expr', 'alias'))
    const flow = joinFlows([expressionFlow(walk, scope, expr), defaults, decides])
    return { flow, name: present(alias) ? walk.names.fold(identifier(alias)) : undefined }
  })
  const values = valueNames(walk, scope, node.value_source)
  const gone = namesIn([node.aggregate_functions, node.value_column]).map(name => walk.names.key(name))
  const kept = input.columns.filter(column => !gone.includes(column.key))
  // What is kept is what the rows are grouped by.
  walk.filter(joinFlows(kept.map(column => column.flow)))
  if (values === undefined) return withAlias(walk, unknownShape(input, aggregates), node.alias)
  const pivoted = values.flatMap(value =>
    aggregates.map(({ name, flow }) => outputColumn(walk, pivotName(walk, value, name), flow)),
  )
  return withAlias(walk, { columns: [...kept, ...pivoted], open: input.open, opaque: input.opaque }, node.alias)
}

/** Every name in the expressions that may be a column's: the last part of a path, and all plain ones; not a function's. */
function namesIn(value: unknown): readonly Identifier[] {
  if (Array.isArray(value)) return value.flatMap(namesIn)
  if (!isNode(value)) return []
  if (isNode(value.Function)) return namesIn({ ...value.Function, name: null })
  const paths = list(value.CompoundIdentifier, 'a name').slice(-1)
  const plain = present(value.Identifier) ? [value.Identifier] : []
  return [...[...paths, ...plain].map(identifier), ...Object.values(value).flatMap(namesIn)]
}

/** BigQuery: `<aggregate alias>_<value>`; Snowflake: `<value>_<aggregate alias>`. */
function pivotName(walk: Walk, value: string, aggregate: string | undefined): string {
  if (aggregate === undefined) return value
  return walk.names.dialect === 'snowflake' ? `${value}_${aggregate}` : `${aggregate}_${value}`
}

/** The values pivoted on; `undefined` where the rows decide which columns come. */
function valueNames(walk: Walk, scope: QueryScope, source: unknown): readonly string[] | undefined {
  const [kind, payload] = variant(source, 'PIVOT')
  if (kind === 'Any') {
    walk.filter(orderFlow(walk, scope, payload))
    return undefined
  }
  if (kind === 'Subquery') {
    walk.filter(queryFlow(walk, scope, payload))
    return undefined
  }
  if (kind !== 'List') throw new Unread(`PIVOT over ${kind}`)
  const names = list(payload, 'PIVOT').map(item => {
    const { expr, alias } = struct(item, 'PIVOT', members('expr', 'alias'))
    walk.filter(expressionFlow(walk, scope, expr))
    if (present(alias)) return walk.names.fold(identifier(alias))
    const text = literalString(expr)
    // Snowflake names it as the literal is written, quotes and all.
    return text !== undefined && walk.names.dialect === 'snowflake' ? `'${text}'` : (text ?? numberText(expr))
  })
  return names.includes(undefined) ? undefined : names.filter(name => name !== undefined)
}

function numberText(expression: unknown): string | undefined {
  const value =
    isNode(expression) && isNode(expression.Value) && isNode(expression.Value.value)
      ? expression.Value.value.Number
      : undefined
  const [text] = list(value, 'a number')
  return typeof text === 'string' ? text : undefined
}

/** Columns not known by name: any reference may be to anything of the input. */
function unknownShape(input: Relation, aggregates: readonly { flow: Flow }[]): Omit<Relation, 'alias'> {
  const sources = joinFlows([
    ...input.columns.map(column => column.flow),
    ...aggregates.map(aggregate => aggregate.flow),
  ])
  if (isClosed(input) && sources.traced) return namelessRelation(computed(sources))
  const tables = [...sources.sources].map(tableOf)
  return { columns: [], open: [...new Set([...input.open, ...tables])], opaque: true }
}

const unpivotMembers = members('table', 'value', 'name', 'columns', 'null_inclusion', 'alias')

/** UNPIVOT: the listed columns become one of their values and one of their names. */
export function unpivotRelation(walk: Walk, outer: QueryScope, payload: unknown): Relation {
  const node = struct(payload, 'UNPIVOT', unpivotMembers)
  const { scope, input } = inputOf(walk, outer, node)
  const flows: Flow[] = []
  const gone = new Set<string>()
  for (const item of list(node.columns, 'UNPIVOT')) {
    const { expr } = struct(item, 'UNPIVOT', members('expr', 'alias'))
    flows.push(expressionFlow(walk, scope, expr))
    for (const name of plainNames(expr)) gone.add(walk.names.key(identifier(name)))
  }
  const flow = joinFlows(flows)
  const values: Column[] = plainNames(node.value).map(name =>
    outputColumn(walk, walk.names.fold(identifier(name)), flow),
  )
  // Rows with NULL do not come, so which rows come tells about the values.
  walk.filter(flow)
  // The name counts as made of the values: which of the two columns comes first is the dialect's affair.
  const name = outputColumn(walk, walk.names.fold(identifier(node.name)), computed(flow))
  const kept = input.columns.filter(column => !gone.has(column.key))
  const order = walk.names.dialect === 'snowflake' ? [...kept, name, ...values] : [...kept, ...values, name]
  return withAlias(walk, { columns: order, open: input.open, opaque: input.opaque }, node.alias)
}

/** The names in `a` or `(a, b)`. */
function plainNames(expression: unknown): readonly unknown[] {
  const [kind, payload] = variant(expression, 'UNPIVOT')
  if (kind === 'Identifier') return [payload]
  if (kind === 'Nested') return plainNames(payload)
  if (kind !== 'Tuple') throw new Unread('UNPIVOT of an unknown form')
  return list(payload, 'UNPIVOT').flatMap(plainNames)
}

function inputOf(walk: Walk, outer: QueryScope, node: Node): { scope: QueryScope; input: Relation } {
  const [kind, payload] = variant(node.table, 'a table')
  const input = factorRelation(walk, outer, kind, payload)
  const scope = newQueryScope(outer)
  scope.relations.push(input)
  return { scope, input }
}
