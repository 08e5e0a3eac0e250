import { renaming } from '../rewrite/renaming.ts'
import {
  argumentValue,
  type Identifier,
  identifier,
  isNode,
  list,
  mayBeEscaped,
  members,
  type Node,
  pair,
  present,
  struct,
  Unread,
  variant,
} from './ast.ts'
import { expressionFlow } from './expression-walk.ts'
import { fieldFlows } from './field-flows.ts'
import { computed, type Flow, joinFlows, unknownFlow } from './flow.ts'
import { likeMatches } from './like.ts'
import { columnByPath } from './named-column.ts'
import { pathFlow, starRelation } from './reference-walk.ts'
import {
  type Column,
  checkPicked,
  columnOf,
  isClosed,
  type Merge,
  namelessRelation,
  type Relation,
  restOf,
} from './scope.ts'
import { structFields } from './type-text.ts'
import { typeOf } from './type-walk.ts'
import { outputColumn, type QueryResult, type QueryScope, type Walk } from './walk.ts'

export type StarColumns = QueryResult

const starMembers = members('wildcard_token', 'opt_ilike', 'opt_exclude', 'opt_except', 'opt_replace', 'opt_rename')

/** `*`, `t.*` and `rec.*` with ILIKE, EXCLUDE, EXCEPT, REPLACE and RENAME, as far as the columns are known. */
export function expandStar(walk: Walk, scope: QueryScope, kind: string, payload: unknown): StarColumns {
  if (kind === 'Wildcard') return withOptions(walk, scope, starOf(walk, scope.relations, scope.merges), payload)
  const [target, options] = pair(payload, 'a star')
  const [form, name] = variant(target, 'a star')
  // `f(x).*`: the fields of whatever struct it is.
  if (form === 'Expr') {
    const flow = expressionFlow(walk, scope, name)
    return withOptions(walk, scope, fieldsOf(walk, computed(flow), typeOf(walk, scope, name)), options)
  }
  if (form !== 'ObjectName') throw new Unread(`a star over ${form}`)
  const parts = list(name, 'a name').map(part => {
    const [part_kind, inner] = variant(part, 'a name')
    if (part_kind !== 'Identifier') throw new Unread('a computed name')
    return identifier(inner)
  })
  return withOptions(walk, scope, qualifiedStar(walk, scope, parts), options)
}

function qualifiedStar(walk: Walk, scope: QueryScope, parts: readonly Identifier[]): StarColumns {
  const relation = starRelation(walk, scope, parts)
  if (relation !== undefined)
    return starOf(walk, [{ ...relation, columns: relation.columns.filter(column => !column.beside) }], [])
  const flow = pathFlow(walk, scope, parts)
  return fieldsOf(walk, flow, columnByPath(walk, scope, parts)?.type)
}

/** The fields of a struct; where its type is not known, whatever they are they come from the same. */
export function fieldsOf(walk: Walk, flow: Flow, type: string | undefined): StarColumns {
  const fields = type === undefined ? undefined : structFields(type)
  if (fields === undefined) return namelessRelation(computed(flow))
  const flows = fieldFlows(walk, flow, fields)
  const columns = fields.map(([field, inner], at) => outputColumn(walk, field, flows[at] ?? flow, inner))
  return { columns, open: [], opaque: false }
}

/** More than a table of either warehouse has; stars over stars over pairs could make any number. */
const maxColumns = 10_000

/** A column that a star shows, and at which relation it stands. */
interface Place {
  readonly at: number
  readonly column: Column
}

/** All columns of the relations in order; a column joined by USING is shown once and comes from both sides. */
function starOf(walk: Walk, relations: readonly Relation[], merges: readonly Merge[]): StarColumns {
  let all: readonly Place[] = relations.flatMap(({ columns }, at) => columns.map(column => ({ at, column })))
  let sure = true
  let ordered = true
  for (const merge of merges) {
    sure &&= !isDoubled(all, merge)
    ordered &&= walk.names.dialect === 'bigquery' || isFirst(all, merge)
    all = merged(all, merge)
  }
  const places = all.filter(({ column }) => !column.whole)
  if (places.length > maxColumns) throw new Unread('a star over more than 10,000 columns')
  return {
    columns: places.map(({ column: { beside, ...column } }) => column),
    // Each once: stars over stars would double them with every step.
    open: [...new Set(relations.flatMap(relation => relation.open))],
    opaque: relations.some(relation => relation.opaque) || !sure,
    ...restOf(relations),
    ...(ordered ? {} : { unordered: true }),
  }
}

/**
 * Whether what is joined by stands first on the left side anyway. Snowflake says that it is shown once, but not where: elsewhere it may as well
 * stay in its place, or come in the order of the left side.
 */
function isFirst(places: readonly Place[], { keys, start, end }: Merge): boolean {
  const within = places.filter(({ at }) => at >= start && at < end)
  return keys.every((key, at) => within[at]?.column.key === key)
}

/** Whether one side has several columns of a name that is joined by. */
function isDoubled(places: readonly Place[], { keys, start, middle, end }: Merge): boolean {
  const sides = [
    places.filter(({ at }) => at >= start && at < middle),
    places.filter(({ at }) => at >= middle && at < end),
  ]
  return sides.some(side => keys.some(key => side.filter(({ column }) => column.key === key).length > 1))
}

/** With what is joined by shown once, before all others of the join. */
function merged(places: readonly Place[], { keys, start, end }: Merge): readonly Place[] {
  const within = places.filter(({ at }) => at >= start && at < end)
  const shared = keys.flatMap((key): readonly Place[] => {
    const same = within.filter(({ column }) => column.key === key)
    const [first] = same
    if (first === undefined) return []
    // Of which type it is: that of either side.
    const { name } = first.column
    return [{ at: start, column: { name, key, flow: joinFlows(same.map(place => place.column.flow)) } }]
  })
  return [
    ...places.filter(({ at }) => at < start),
    ...shared,
    ...within.filter(({ column }) => !keys.includes(column.key)),
    ...places.filter(({ at }) => at >= end),
  ]
}

function withOptions(walk: Walk, scope: QueryScope, star: StarColumns, payload: unknown): StarColumns {
  const options = struct(payload, 'a star', starMembers)
  const dropped = new Set(
    [...excluded(options.opt_exclude), ...excepted(options.opt_except)].map(name => walk.names.key(name)),
  )
  const pattern = likePattern(options)
  const replaced = replacements(walk, scope, options)
  const renamed = renames(walk, options)
  checkPicked(star.columns, [...dropped, ...replaced.keys(), ...renamed.keys()])
  // Which letters beyond ASCII are alike is Snowflake's affair.
  if (pattern !== undefined && !star.columns.every(({ name }) => /^[ -~]+$/.test(name)))
    throw new Unread('ILIKE over a column with an unusual name, or none')
  const columns = star.columns
    .filter(column => !dropped.has(column.key) && (pattern === undefined || likeMatches(pattern, column.name)))
    .map(column => ({ ...(replaced.get(column.key) ?? column), name: column.name }))
    .map(column => {
      const name = renamed.get(column.key)
      return name === undefined ? column : { ...column, name, key: walk.names.keyOf(name) }
    })
  return { ...star, columns: [...columns, ...unplaced(walk, star, replaced, renamed)] }
}

/** Over columns that are not known a replaced or renamed one has no place, but it has its name. */
function unplaced(
  walk: Walk,
  star: StarColumns,
  replaced: ReadonlyMap<string, Column>,
  renamed: ReadonlyMap<string, string>,
): readonly Column[] {
  if (isClosed(star) && star.rest === undefined) return []
  const isNew = (key: string) => star.columns.every(column => column.key !== key)
  const others = { ...star, columns: [] }
  return [
    ...[...replaced].filter(([key]) => isNew(key)).map(([, column]) => column),
    ...[...renamed]
      .filter(([key]) => isNew(key))
      .map(([key, name]) => outputColumn(walk, name, columnOf(others, key, key)?.flow ?? unknownFlow)),
  ]
}

/** `* ILIKE '%id%'`: only columns of such names. */
function likePattern(options: Node): string | undefined {
  if (!present(options.opt_ilike)) return undefined
  const { pattern } = struct(options.opt_ilike, 'ILIKE', members('pattern'))
  if (typeof pattern !== 'string' || pattern.includes('\\') || mayBeEscaped(pattern))
    throw new Unread('ILIKE of an unknown form')
  return pattern
}

function excluded(payload: unknown): readonly Identifier[] {
  if (!present(payload)) return []
  const [kind, value] = variant(payload, 'EXCLUDE')
  const names = kind === 'Single' ? [value] : list(value, 'EXCLUDE')
  return names.map(name => {
    const parts = list(name, 'EXCLUDE')
    if (parts.length !== 1) throw new Unread('EXCLUDE of a path')
    return identifier(variant(parts[0], 'EXCLUDE')[1])
  })
}

function excepted(payload: unknown): readonly Identifier[] {
  if (!present(payload)) return []
  const node = struct(payload, 'EXCEPT', members('first_element', 'additional_elements'))
  return [node.first_element, ...list(node.additional_elements, 'EXCEPT')].map(identifier)
}

/** What stands for the columns that are replaced; the fields of a struct are replaced with it. */
function replacements(walk: Walk, scope: QueryScope, options: Node): Map<string, Column> {
  return new Map(
    replacedItems(options)
      .filter(({ expr }) => newName(walk, expr) === undefined)
      .map(({ expr, column_name }) => {
        const key = walk.names.key(identifier(column_name))
        return [key, outputColumn(walk, key, expressionFlow(walk, scope, expr), typeOf(walk, scope, expr))]
      }),
  )
}

const replacedItems = (options: Node): readonly Node[] =>
  present(options.opt_replace)
    ? list(struct(options.opt_replace, 'REPLACE', members('items')).items, 'REPLACE').map(item =>
        struct(item, 'REPLACE', members('expr', 'column_name', 'as_keyword')),
      )
    : []

/** What a replacement only renames the column to; in Snowflake `"new;name"` is the name of any function. */
function newName(walk: Walk, expression: unknown): Identifier | undefined {
  if (walk.names.dialect !== 'bigquery') return undefined
  const call = isNode(expression) && isNode(expression.Function) ? expression.Function : {}
  const [name] = list(call.name, 'a function name').map(part => identifier(variant(part, 'a function name')[1]))
  if (name?.text !== renaming || !isNode(call.args) || !isNode(call.args.List)) return undefined
  const [argument, ...others] = list(call.args.List.args, 'arguments')
  if (others.length > 0) throw new Unread('a new name of an unknown form')
  const value = argumentValue(argument)
  return present(value?.Identifier) ? identifier(value?.Identifier) : undefined
}

/** What a star names anew. */
export function renamedKeys(walk: Walk, kind: string, payload: unknown): readonly string[] {
  const options = kind === 'Wildcard' ? payload : pair(payload, 'a star')[1]
  return [...renames(walk, struct(options, 'a star', starMembers)).values()].map(name => walk.names.keyOf(name))
}

function renames(walk: Walk, options: Node): Map<string, string> {
  const piped = replacedItems(options).flatMap(({ expr, column_name }) => {
    const name = newName(walk, expr)
    return name === undefined ? [] : [[walk.names.key(identifier(column_name)), walk.names.fold(name)] as const]
  })
  if (!present(options.opt_rename)) return new Map(piped)
  const [kind, value] = variant(options.opt_rename, 'RENAME')
  const items = kind === 'Single' ? [value] : list(value, 'RENAME')
  return new Map(
    items.map(item => {
      const node = struct(item, 'RENAME', members('ident', 'alias'))
      return [walk.names.key(identifier(node.ident)), walk.names.fold(identifier(node.alias))]
    }),
  )
}
