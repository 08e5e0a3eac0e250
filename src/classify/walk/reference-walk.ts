import { positionWords } from '../functions-bigquery.ts'
import { type Identifier, identifier, inert, isNode, list, members, struct, Unread, variant } from './ast.ts'
import { everyFlow, expressionFlow } from './expression-walk.ts'
import { computed, emptyFlow, type Flow, foreignFlow, hiddenFlow, joinFlows, unknownFlow } from './flow.ts'
import { functionFlow } from './function-walk.ts'
import { certainColumn, columnByPath } from './named-column.ts'
import { columnOf, findRelation, isOrdered, mayResolve, type Relation, resolveName, wholeRow } from './scope.ts'
import { accessed } from './type-walk.ts'
import { newQueryScope, type QueryScope, type Walk } from './walk.ts'

/** A bare name. `@p` is a parameter, `@@x` a system variable of the session. */
export function identifierFlow(walk: Walk, scope: QueryScope, payload: unknown): Flow {
  const name = identifier(payload)
  if (!name.quoted && name.text.startsWith('@')) {
    if (name.text.startsWith('@@')) walk.hazard('metadata')
    if (walk.names.dialect === 'snowflake') walk.hazard('stage_read')
    return emptyFlow
  }
  return resolveName(scope, walk.names, walk.names.key(name), walk.names.fold(name))
}

export function compoundFlow(walk: Walk, scope: QueryScope, payload: unknown): Flow {
  return pathFlow(walk, scope, list(payload, 'a name').map(identifier))
}

/** `a.b.c`: a relation and its column, by the longest prefix that names a relation; else a column and its fields. */
export function pathFlow(walk: Walk, scope: QueryScope, parts: readonly Identifier[]): Flow {
  const { names } = walk
  if (parts.slice(1).some(part => isSequenceStep(walk, part))) return sequenceFlow(walk, scope, parts)
  const [start] = parts
  if (start === undefined) throw new Unread('an empty name')
  // `@p.field`, `@@error.message`.
  if (names.dialect === 'bigquery' && !start.quoted && start.text.startsWith('@'))
    return identifierFlow(walk, scope, { value: start.text })
  const keys = parts.map(part => names.key(part))
  const [key = ''] = keys
  const last = parts.at(-1)
  if (names.dialect === 'snowflake' && last !== undefined && keys.length > 1)
    return relationColumnFlow(walk, tableBefore(scope, keys.slice(0, -1)), last)
  const readings: Flow[] = []
  for (let length = parts.length - 1; length >= 1; length -= 1) {
    const prefix = relationPath(keys.slice(0, length))
    const relation = findRelation(scope, prefix)
    const column = parts[length]
    if (relation === undefined || column === undefined) continue
    readings.push(relationColumnFlow(walk, relation, column), ...(prefix.length === 1 ? structFlows(scope, key) : []))
    // GoogleSQL looks for the first name alone; what looks like a table's path may be fields.
    if (prefix.length > 1 && mayResolve(scope, names, key)) readings.push(resolveName(scope, names, key, key))
  }
  const whole = readings.length > 0 ? joinFlows(readings) : resolveName(scope, names, key, names.fold(start))
  return readings.length > 1 ? whole : fieldOfColumn(walk, scope, parts, whole)
}

/** Of a field, what that comes from, where the path surely means the column that it is in, which comes from this. */
function fieldOfColumn(walk: Walk, scope: QueryScope, parts: readonly Identifier[], whole: Flow): Flow {
  const field = columnByPath(walk, scope, parts)
  return field?.of === whole ? field.flow : whole
}

/**
 * Snowflake has no fields after a dot: what stands before the last one is a table of FROM. One that is nearer, and of which only the
 * end is written, may be meant by more of its path; one that may not be seen there may not be meant.
 */
function tableBefore(scope: QueryScope, keys: readonly string[]): Relation {
  const name = keys.slice(-1)
  const own = scopesTo(scope, name[0] ?? '')
  const relation = findRelation(own.at(-1), keys)
  if (relation === undefined || (relation.behind && findRelation(around(scope, own.length), name) !== undefined))
    throw new Unread('a path that may be of another table')
  return relation
}

/** The scope so many further out. */
const around = (scope: QueryScope | undefined, steps: number): QueryScope | undefined =>
  steps === 0 ? scope : around(scope?.parent, steps - 1)

/** Of a sequence it is a number of its own, of a table of FROM a column like others. */
function sequenceFlow(walk: Walk, scope: QueryScope, parts: readonly Identifier[]): Flow {
  walk.hazard('unknown_function')
  const step = parts.at(-1)
  const owner = parts.slice(0, -1).map(part => walk.names.key(part))
  const isColumn = findRelation(scope, owner) !== undefined
  return step !== undefined && isSequenceStep(walk, step) && !isColumn ? emptyFlow : foreignFlow
}

/** `seq.nextval` counts on. */
const isSequenceStep = ({ names }: Walk, { text }: Identifier): boolean =>
  names.dialect === 'snowflake' && /^(nextval|currval)$/i.test(text)

/**
 * What a struct column, or a select item, may hold that carries a relation's name: one that surely does, or one not known, nearer
 * than the relation.
 */
function structFlows(scope: QueryScope, key: string): readonly Flow[] {
  const certain = certainColumn(scope, key)
  // The element of an UNNEST is the row itself.
  const isRow = certain?.whole && findRelation(scope, [key])?.columns.includes(certain)
  const items = scopesTo(scope, key).flatMap(
    ({ aliases, shown }) => aliases.get(key) ?? (shown && columnOf(shown, key, key)?.flow) ?? [],
  )
  return [...(certain === undefined || isRow ? [] : [certain.flow]), ...items, ...nearerColumns(scope, key)]
}

/** Whether a column that is nearer than the relation may carry its name. */
export const isHidden = (scope: QueryScope, key: string): boolean => nearerColumns(scope, key).length > 0

/** The relation whose row `a.b.*` shows; none where GoogleSQL may take the name for a struct. */
export function starRelation(walk: Walk, scope: QueryScope, parts: readonly Identifier[]): Relation | undefined {
  const keys = parts.map(part => walk.names.key(part))
  if (walk.names.dialect === 'snowflake') return tableBefore(scope, keys)
  const [key = ''] = keys
  const path = relationPath(keys)
  const relation = findRelation(scope, path)
  if (relation === undefined) return relation
  // No relation's name has several parts there, unless it is a table's path in back-ticks.
  if (keys.length > 1 || (path.length === 1 ? isHidden(scope, key) : mayResolve(scope, walk.names, key)))
    throw new Unread('a star over what may be a table or a struct')
  return relation
}

function nearerColumns(scope: QueryScope, key: string): readonly Flow[] {
  const nearer = scopesTo(scope, key).filter(own => findRelation(own, [key]) === undefined)
  return nearer.flatMap(({ relations }) => relations.flatMap(relation => columnOf(relation, key, key)?.flow ?? []))
}

/** From this one outwards, each without those around it, up to the one that has the relation. */
function scopesTo(scope: QueryScope, key: string): readonly QueryScope[] {
  const scopes: QueryScope[] = []
  for (let around: QueryScope | undefined = scope; around !== undefined; around = around.parent) {
    const { parent: _, ...own } = around
    scopes.push(own)
    if (findRelation(own, [key]) !== undefined) break
  }
  return scopes
}

function relationColumnFlow(walk: Walk, relation: Relation, column: Identifier): Flow {
  const position = /^\$(\d+)$/.exec(column.text)
  if (position !== null && !column.quoted) return positionFlow([relation], Number(position[1]))
  const key = walk.names.key(column)
  const hit = columnOf(relation, key, walk.names.fold(column))
  if (hit !== undefined) return hit.flow
  // A field of an element that is no struct: of JSON.
  if (relation.element) return computed(wholeRow(relation))
  return resolveName(newQueryScope(), walk.names, key, key)
}

/** A back-ticked BigQuery name may hold the whole path of a table; one of anything else is a single name. */
const relationPath = (keys: readonly string[]): readonly string[] => keys.flatMap(key => key.split('.'))

/** `a.b[OFFSET(0)].c`: the leading dots are part of the name, the rest are steps into its value. */
export function fieldAccessFlow(walk: Walk, scope: QueryScope, payload: unknown): Flow {
  const node = struct(payload, 'a field', members('root', 'access_chain'))
  const steps = list(node.access_chain, 'a field').map(step => variant(step, 'a field'))
  const [form, root] = variant(node.root, 'a field')
  const path = form === 'Identifier' ? [identifier(root)] : []
  const flows: Flow[] = []
  const isPath = path.length > 0
  let leading = isPath
  for (const [kind, inner] of steps) {
    if (kind === 'Dot') {
      const [name, field] = variant(inner, 'a field')
      if (name === 'Function' && leading) {
        flows.push(calledFlow(walk, scope, path.splice(0), field))
        leading = false
      } else if (name !== 'Identifier') throw new Unread(`the field ${name}`)
      else if (leading) path.push(identifier(field))
      else if (isSequenceStep(walk, identifier(field))) walk.hazard('unknown_function')
    } else {
      leading = false
      flows.push(subscriptFlow(walk, scope, inner))
    }
  }
  if (path.length > 0) flows.push(accessed(walk, scope, node, pathFlow(walk, scope, path)).flow)
  else if (!isPath) flows.push(accessed(walk, scope, node, expressionFlow(walk, scope, node.root)).flow)
  return joinFlows(flows)
}

/** `d.f(x).a`: what comes before the call is part of its name. */
function calledFlow(walk: Walk, scope: QueryScope, path: readonly Identifier[], payload: unknown): Flow {
  if (!isNode(payload)) throw new Unread('a call of an unknown form')
  const before = path.map(({ text, quoted }) => ({ Identifier: { value: text, quote_style: quoted ? '"' : null } }))
  return functionFlow(walk, scope, { ...payload, name: [...before, ...list(payload.name, 'a function name')] })
}

function subscriptFlow(walk: Walk, scope: QueryScope, payload: unknown): Flow {
  const [kind, inner] = variant(payload, 'a subscript')
  if (kind !== 'Index') throw new Unread(`the subscript ${kind}`)
  return everyFlow(walk, scope, struct(inner, 'a subscript', members('index')).index, positionWords)
}

/** Literals carry nothing; `$1` is a column by position; a session variable or a stage may hold anything. */
export function placeholderFlow(walk: Walk, scope: QueryScope, payload: unknown): Flow {
  const { value } = struct(payload, 'a literal', members('value', 'span'))
  inert(value, 'a literal')
  if (!isNode(value) || typeof value.Placeholder !== 'string') return emptyFlow
  const text = value.Placeholder
  const position = /^\$(\d+)$/.exec(text)
  if (position !== null) return positionFlow(scope.relations, Number(position[1]))
  const stage = text.startsWith('@') && walk.names.dialect === 'snowflake'
  if (!stage && !text.startsWith('$')) return emptyFlow
  walk.hazard(stage ? 'stage_read' : 'opaque_source')
  return stage ? foreignFlow : hiddenFlow
}

function positionFlow(relations: readonly Relation[], position: number): Flow {
  const only = relations[0]
  if (relations.length !== 1 || only === undefined || !isOrdered(only)) {
    return only === undefined ? unknownFlow : joinFlows(relations.map(wholeRow))
  }
  return only.columns[position - 1]?.flow ?? unknownFlow
}
