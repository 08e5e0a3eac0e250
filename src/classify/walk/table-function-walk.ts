import { bigqueryTableFunctions } from '../functions-bigquery.ts'
import { snowflakeTableFunctions } from '../functions-snowflake.ts'
import { argumentValue, identifier, list, literalString, members, present, struct, Unread, variant } from './ast.ts'
import { everyFlow } from './expression-walk.ts'
import { fieldFlows } from './field-flows.ts'
import { asIndirect, computed, type Flow, hiddenFlow, joinFlows } from './flow.ts'
import { functionName, isExternal } from './function-name.ts'
import { argumentFlow } from './function-walk.ts'
import { parseDottedName } from './names.ts'
import { type Column, namelessRelation, type Relation } from './scope.ts'
import { aliasName, withAlias } from './source-walk.ts'
import { baseTable } from './table-walk.ts'
import { elementType, structFields } from './type-text.ts'
import { typeOf } from './type-walk.ts'
import { outputColumn, type QueryScope, type Walk } from './walk.ts'

/** `FROM name(args)`. */
export function calledTable(walk: Walk, scope: QueryScope, name: unknown, args: unknown): Omit<Relation, 'alias'> {
  const { args: items } = struct(args, 'arguments', members('args'))
  return callRelation(walk, scope, functionName(walk, name), items)
}

/** `LATERAL FLATTEN(…) f`. */
export function tableFunctionRelation(walk: Walk, scope: QueryScope, payload: unknown): Relation {
  const node = struct(payload, 'a table function', members('lateral', 'name', 'args', 'alias'))
  return withAlias(walk, callRelation(walk, scope, functionName(walk, node.name), node.args), node.alias)
}

/** `TABLE(…)`: a table function, or a table named by a string, a variable or a bind. */
export function wrappedTableRelation(walk: Walk, scope: QueryScope, payload: unknown): Relation {
  const node = struct(payload, 'TABLE()', members('expr', 'alias'))
  return withAlias(walk, wrapped(walk, scope, node.expr), node.alias)
}

function wrapped(walk: Walk, scope: QueryScope, expression: unknown): Omit<Relation, 'alias'> {
  const [kind, payload] = variant(expression, 'TABLE()')
  if (kind === 'Function') {
    const call = struct(payload, 'TABLE()', members('name', 'parameters', 'args'))
    const [form, args] = variant(call.args, 'TABLE()')
    const items = form === 'List' ? struct(args, 'TABLE()', members('args')).args : []
    if (form !== 'List' && form !== 'None') throw new Unread('TABLE() of an unknown form')
    return callRelation(walk, scope, functionName(walk, call.name), items)
  }
  walk.hazard('dynamic_sql')
  const parts = parseDottedName(literalString(expression) ?? '')
  if (parts !== undefined) return baseTable(walk, parts)
  walk.hazard('opaque_source')
  walk.filter(everyFlow(walk, scope, expression))
  return namelessRelation(hiddenFlow)
}

function callRelation(walk: Walk, scope: QueryScope, name: string, args: unknown): Omit<Relation, 'alias'> {
  const items = list(args, 'arguments')
  const flows = items.map(argument => argumentFlow(walk, scope, name, argument))
  const flow = joinFlows(flows)
  // How many rows it makes, or whether any, is decided by its arguments; one that is a query gives the rows, and any column may count.
  for (const [at, item] of flows.entries()) walk.filter(isQuery(items[at]) ? { ...item, traced: true } : item)
  if (walk.names.dialect === 'bigquery' && bigqueryTableFunctions.has(name)) {
    if (name === 'APPENDS' || name === 'CHANGES') walk.hazard('time_travel')
    return namelessRelation(computed(flow))
  }
  if (walk.names.dialect === 'snowflake' && snowflakeTableFunctions.has(name))
    return { columns: rowColumns(walk, name, computed(flow)), open: [], opaque: false }
  walk.hazard('opaque_source')
  if (isExternal(walk.names, name)) walk.hazard('external')
  return namelessRelation(hiddenFlow)
}

const isQuery = (argument: unknown): boolean => 'Subquery' in (argumentValue(argument) ?? {})

/** What the row-making functions show: the values come from the argument, positions only tell about it. */
function rowColumns(walk: Walk, name: string, flow: Flow): readonly Column[] {
  if (name === 'GENERATOR') return []
  const position = asIndirect(flow)
  const columns: readonly (readonly [string, Flow])[] =
    name === 'FLATTEN'
      ? [
          ['SEQ', position],
          ['KEY', flow],
          ['PATH', flow],
          ['INDEX', position],
          ['VALUE', flow],
          ['THIS', flow],
        ]
      : [
          ['SEQ', position],
          ['INDEX', position],
          ['VALUE', flow],
        ]
  return columns.map(([column, source]) => outputColumn(walk, column, source))
}

const unnestMembers = members('alias', 'array_exprs', 'with_offset', 'with_offset_alias')

/** `UNNEST(array) AS e WITH OFFSET AS o`: `e` is the element; of a struct also its fields. */
export function unnestRelation(walk: Walk, scope: QueryScope, payload: unknown): Relation {
  const node = struct(payload, 'UNNEST', unnestMembers)
  const arrays = list(node.array_exprs, 'UNNEST')
  const flow = joinFlows(arrays.map(array => everyFlow(walk, scope, array)))
  walk.filter(flow)
  const type = arrays.length === 1 ? typeOf(walk, scope, arrays[0]) : undefined
  const elements = elementsRelation(walk, aliasName(walk, node.alias), flow, type)
  if (node.with_offset !== true) return withAlias(walk, elements, node.alias)
  const name = present(node.with_offset_alias) ? walk.names.fold(identifier(node.with_offset_alias)) : 'offset'
  const offset: Column = { ...outputColumn(walk, name, asIndirect(flow)), beside: true }
  return withAlias(walk, { ...elements, columns: [...elements.columns, offset] }, node.alias)
}

/**
 * The rows of an array: its element under its name, and where that is a struct, its fields. `*` shows those instead of the element,
 * so without a type it is not known what `*` shows.
 */
export function elementsRelation(
  walk: Walk,
  name: string | undefined,
  flow: Flow,
  arrayType: string | undefined,
): Omit<Relation, 'alias'> {
  const type = elementType(arrayType ?? '')
  const fields = type === undefined ? undefined : structFields(type)
  const flows = fieldFlows(walk, flow, fields ?? [])
  const columns: Column[] = (fields ?? []).map(([field, inner], at) =>
    outputColumn(walk, field, flows[at] ?? flow, inner),
  )
  const isPlain = type !== undefined && fields === undefined
  if (name !== undefined) {
    const element = outputColumn(walk, name, flow, type)
    columns.unshift(isPlain ? element : { ...element, whole: true })
  }
  const opaque = type === undefined || (name === undefined && isPlain)
  return { columns, open: [], opaque, element: true, ...(type === undefined ? { rest: flow } : {}) }
}
