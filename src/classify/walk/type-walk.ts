import { plainArrayFunctions, plainFunctions } from '../functions-bigquery.ts'
import { identifier, isNode, list, type Node, present, variant } from './ast.ts'
import { fieldOf } from './field-flows.ts'
import { emptyFlow, type Flow } from './flow.ts'
import { functionName } from './function-name.ts'
import { isAlias, namedColumn } from './named-column.ts'
import { findRelation, isClosed, type Relation } from './scope.ts'
import { commonType, elementType, fieldText, unmarked } from './type-text.ts'
import type { QueryScope, Walk } from './walk.ts'

/**
 * BigQuery type text of an expression, as far as it is needed: the names of a STRUCT's fields, which `*`, `s.*` and UNNEST show
 * as columns. Types of other values are `ANY`. `undefined` where it cannot be told.
 */
export function typeOf(walk: Walk, scope: QueryScope, expression: unknown): string | undefined {
  if (!isNode(expression)) return undefined
  const [kind, payload] = variant(expression, 'an expression')
  if (plainForms.has(kind)) return 'ANY'
  switch (kind) {
    case 'Identifier':
    case 'CompoundIdentifier':
      return namedColumn(walk, scope, expression)?.type ?? rowType(walk, scope, expression)
    case 'CompoundFieldAccess':
      return isNode(payload) ? accessed(walk, scope, payload, emptyFlow).type : undefined
    case 'Nested':
      return typeOf(walk, scope, payload)
    case 'Subquery':
      return queryType(walk, payload)
    // NULL and a parameter may be a struct as well.
    case 'Value':
      return isNode(payload) && isNode(payload.value) && !('Placeholder' in payload.value) ? 'ANY' : undefined
    // `||` joins arrays too.
    case 'BinaryOp':
      return isNode(payload) && payload.op === 'StringConcat' ? joinedType(walk, scope, payload) : 'ANY'
    case 'Function':
      return isNode(payload) ? callType(walk, scope, payload) : undefined
    case 'Cast':
      return isNode(payload) ? dataType(payload.data_type) : undefined
    case 'Case':
      return isNode(payload) ? chosenType(walk, scope, caseResults(payload)) : undefined
    case 'Array':
      return isNode(payload) ? arrayType(walk, scope, payload) : undefined
    case 'Struct':
      return isNode(payload) ? structType(walk, scope, payload) : undefined
    default:
      return undefined
  }
}

/** Expressions that are never a struct or an array. */
const plainForms: ReadonlySet<string> = new Set(
  (
    'TypedString UnaryOp IsNull IsNotNull IsTrue IsNotTrue IsFalse IsNotFalse IsDistinctFrom IsNotDistinctFrom Like Between InList ' +
    'InUnnest InSubquery Exists Extract Interval Trim Substring Position Ceil Floor'
  ).split(' '),
)

/** A row as a whole, where all that its name may mean is known. */
function rowType(walk: Walk, scope: QueryScope, expression: Node): string | undefined {
  if (!isNode(expression.Identifier)) return undefined
  const key = walk.names.key(identifier(expression.Identifier))
  const row = findRelation(scope, [key])
  for (let around: QueryScope | undefined = scope; around !== undefined; around = around.parent)
    if (around.relations.some(relation => !isClosed(relation) || relation.columns.some(column => column.key === key)))
      return undefined
  const type = row === undefined || row.element ? undefined : rowOf(walk, row)
  return type && isAlias(scope, key) ? unmarked(type) : type
}

/**
 * `[OFFSET(0)]` after an array, and fields of structs: the type of what that is, as far as it can be told, and, where what stands before
 * the first step comes from `whole`, what it comes from.
 */
export function accessed(
  walk: Walk,
  scope: QueryScope,
  payload: Node,
  whole: Flow,
): { readonly type: string | undefined; readonly flow: Flow } {
  const steps = list(payload.access_chain, 'a field').map(step => variant(step, 'a field'))
  const dots = steps.findIndex(([kind]) => kind !== 'Dot')
  const leading =
    isNode(payload.root) && isNode(payload.root.Identifier) ? steps.slice(0, dots < 0 ? undefined : dots) : []
  const names = leading.map(([, name]) => (isNode(name) ? name.Identifier : undefined))
  const root =
    names.length === 0 || !isNode(payload.root)
      ? payload.root
      : { CompoundIdentifier: [payload.root.Identifier, ...names] }
  if (names.includes(undefined)) return { type: undefined, flow: whole }
  let [type, flow] = [typeOf(walk, scope, root), whole]
  for (const [kind, inner] of steps.slice(leading.length)) {
    if (type === undefined) break
    const element = elementType(type)
    const name =
      element === undefined && isNode(inner) && isNode(inner.Identifier) ? identifier(inner.Identifier).text : ''
    if (kind === 'Dot') ({ type, flow } = fieldOf(walk, flow, type, name))
    else type = element
  }
  return { type, flow }
}

/** What a query that was walked gives as one value: a row of `SELECT AS STRUCT`, or its one column. */
function queryType(walk: Walk, query: unknown): string | undefined {
  const select = isNode(query) && isNode(query.body) ? query.body.Select : undefined
  const result = isNode(query) ? walk.queries.get(query) : undefined
  if (!isNode(select) || result === undefined || !isClosed(result)) return undefined
  const mode = select.value_table_mode
  if (mode === 'AsStruct' || mode === 'DistinctAsStruct') return rowOf(walk, result)
  return present(mode) || result.columns.length !== 1 ? undefined : result.columns[0]?.type
}

const rowOf = (walk: Walk, { columns }: Pick<Relation, 'columns'>): string | undefined =>
  allKnown(
    columns.filter(({ beside }) => !beside).map(({ name, type, flow }) => fieldText(name, type, walk.mark(flow))),
  )

/** Functions whose value has the type of their first argument. */
const sameType = new Set(
  'ANY_VALUE MAX_BY MIN_BY FIRST_VALUE LAST_VALUE NTH_VALUE LAG LEAD ARRAY_CONCAT ARRAY_CONCAT_AGG ARRAY_REVERSE ARRAY_SLICE ARRAY_FILTER'.split(
    ' ',
  ),
)

/** Functions whose value is one of their arguments. */
const alternatives = new Set(['COALESCE', 'IF', 'IFNULL'])

/** `ARRAY_AGG` is an array of what it is called with. */
function callType(walk: Walk, scope: QueryScope, call: Node): string | undefined {
  const name = functionName(walk, call.name)
  if (plainArrayFunctions.has(name)) return 'ARRAY<ANY>'
  if (plainFunctions.has(name)) return 'ANY'
  if (!isNode(call.args)) return undefined
  if (name === 'ARRAY') return arrayOf(queryType(walk, call.args.Subquery))
  if (!isNode(call.args.List)) return undefined
  const items = list(call.args.List.args, 'arguments')
  if (alternatives.has(name)) return chosenType(walk, scope, items.slice(name === 'IF' ? 1 : 0).map(argumentValue))
  if (name !== 'ARRAY_AGG' && !sameType.has(name)) return undefined
  const [argument] = items
  const given = typeOf(walk, scope, argumentValue(argument))
  // The value of another argument may be shown too.
  const type = given && items.length > 1 ? unmarked(given) : given
  return name === 'ARRAY_AGG' ? arrayOf(type) : type
}

/** What an argument is, where it is an expression. */
function argumentValue(argument: unknown): unknown {
  if (argument === undefined) return undefined
  const [, value] = variant(argument, 'an argument')
  return isNode(value) ? value.Expr : undefined
}

const caseResults = ({ conditions, else_result }: Node): readonly unknown[] => [
  ...list(conditions, 'CASE').map(when => (isNode(when) ? when.result : undefined)),
  ...(present(else_result) ? [else_result] : []),
]

/** NULL and an empty array have the type of the others. */
const chosenType = (walk: Walk, scope: QueryScope, values: readonly unknown[]): string | undefined =>
  commonType(values.filter(value => !isNull(value) && !isEmptyArray(value)).map(value => typeOf(walk, scope, value)))

const arrayOf = (type: string | undefined): string | undefined => (type === undefined ? undefined : `ARRAY<${type}>`)

/** Elements after the first may leave the names out; NULL has none. */
function arrayType(walk: Walk, scope: QueryScope, payload: Node): string | undefined {
  const elements = list(payload.elem, 'an array')
  const type = typeOf(walk, scope, elements.find(element => !isNull(element)) ?? elements[0])
  return arrayOf(type && elements.length > 1 ? unmarked(type) : type)
}

function joinedType(walk: Walk, scope: QueryScope, { left }: Node): string | undefined {
  const type = typeOf(walk, scope, left)
  return type && unmarked(type)
}

const isEmptyArray = (expression: unknown): boolean =>
  isNode(expression) && isNode(expression.Array) && list(expression.Array.elem, 'an array').length === 0

const isNull = (expression: unknown): boolean =>
  isNode(expression) && isNode(expression.Value) && expression.Value.value === 'Null'

function structType(walk: Walk, scope: QueryScope, payload: Node): string | undefined {
  const declared = list(payload.fields, 'a struct')
  if (declared.length > 0) return fieldsType(declared)
  const fields = list(payload.values, 'a struct').map(value => {
    const named = isNode(value) && isNode(value.Named) ? value.Named : undefined
    const inner = named === undefined ? value : named.expr
    const name = named === undefined ? lastName(value) : identifier(named.name).text
    const mark = walk.mark(isNode(value) ? walk.values.get(value) : undefined)
    return name === undefined ? undefined : fieldText(name, typeOf(walk, scope, inner), mark)
  })
  return allKnown(fields)
}

function lastName(expression: unknown): string | undefined {
  if (!isNode(expression)) return undefined
  const name = expression.Identifier ?? list(expression.CompoundIdentifier, 'a name').at(-1)
  return name === undefined ? undefined : identifier(name).text
}

function dataType(type: unknown): string | undefined {
  if (!isNode(type)) return 'ANY'
  if (isNode(type.Array)) {
    return arrayOf(dataType(type.Array.AngleBracket))
  }
  return Array.isArray(type.Struct) ? fieldsType(list(type.Struct[0], 'a struct')) : 'ANY'
}

function fieldsType(fields: readonly unknown[]): string | undefined {
  return allKnown(
    fields.map(field =>
      isNode(field) && isNode(field.field_name)
        ? fieldText(identifier(field.field_name).text, dataType(field.field_type))
        : undefined,
    ),
  )
}

/** Structs of structs could have any number of fields. */
const maxType = 100_000

function allKnown(fields: readonly (string | undefined)[]): string | undefined {
  const length = fields.reduce((sum, field) => sum + (field?.length ?? maxType), 0)
  return length >= maxType || fields.length === 0 ? undefined : `STRUCT<${fields.join(', ')}>`
}
