import { type Node, node, nodes, numberOf } from './resolved-tree.ts'

/** Indexes of fields, from the outermost struct inwards. */
type FieldPath = readonly number[]

/** Base columns, `TABLE.COLUMN`, that a value is made of, and those that decide which value it is. */
export class Origins {
  readonly sources = new Set<string>()
  /** Gathers what only decides: all that is followed there is indirect. */
  readonly deciding: Origins
  private readonly seen = new Set<string>()
  constructor(isDeciding = false) {
    this.deciding = isDeciding ? this : new Origins(true)
  }

  get indirect(): ReadonlySet<string> {
    return this.deciding.sources
  }

  /** False for what was looked at before: a recursive query comes back to its own columns. */
  isNew(column: number, path: FieldPath): boolean {
    const key = `${column} ${path}`
    const isNew = !this.seen.has(key)
    this.seen.add(key)
    return isNew
  }
}

type Definition = (path: FieldPath, into: Origins) => void

/** What the columns of a resolved tree are made of. */
export class ResolvedColumns {
  private readonly definitions = new Map<number, Definition[]>()
  private readonly expressions: Readonly<Record<string, (of: Node, path: FieldPath, into: Origins) => void>> = {
    resolvedLiteralNode: () => {},
    resolvedColumnRefNode: ({ column }, path, into) => this.follow(column, path, into),
    resolvedGetStructFieldNode: ({ expr, fieldIdx }, path, into) =>
      this.value(node(expr), [Number(fieldIdx ?? 0), ...path], into),
    // A field of each element of an array.
    resolvedFlattenNode: ({ expr, getFieldList }, path, into) =>
      this.value(node(expr), [...nodes(getFieldList).map(({ fieldIdx }) => Number(fieldIdx ?? 0)), ...path], into),
    resolvedMakeStructNode: ({ fieldList }, path, into) => this.field(nodes(fieldList), path, into),
    resolvedCastNode: ({ expr }, path, into) => this.value(node(expr), path, into),
    resolvedWithExprNode: ({ expr }, path, into) => this.value(node(expr), path, into),
    resolvedSubqueryExprNode: (subquery, path, into) => this.subquery(subquery, path, into),
    resolvedFunctionCallNode: (call, path, into) => this.call(call, path, into),
    resolvedAggregateFunctionCallNode: (call, path, into) => this.call(call, path, into),
    resolvedAnalyticFunctionCallNode: (call, path, into) => this.call(call, path, into),
  }

  define(column: unknown, definition: Definition): void {
    const known = this.definitions.get(numberOf(column)) ?? []
    this.definitions.set(numberOf(column), [...known, definition])
  }

  /** What the column is made of; with a path, that field of it. */
  follow(column: unknown, path: FieldPath, into: Origins): void {
    if (!into.isNew(numberOf(column), path)) return
    const definitions = this.definitions.get(numberOf(column))
    if (definitions === undefined) throw new Error(`nothing makes the column ${JSON.stringify(column)}`)
    for (const definition of definitions) definition(path, into)
  }

  /** What an expression's value is made of. Throws where it is of a kind that no query here needs. */
  value(expression: Node, path: FieldPath, into: Origins): void {
    const { kind = 'resolvedColumnRefNode' } = expression
    const follow = this.expressions[kind]
    if (follow === undefined) throw new Error(`the expression ${kind}`)
    follow(expression, path, into)
  }

  /** What only decides which value it is. */
  deciding(expressions: readonly Node[], into: Origins): void {
    for (const expression of expressions) this.value(expression, [], into.deciding)
  }

  private field(fields: readonly Node[], [at, ...path]: FieldPath, into: Origins): void {
    if (at !== undefined) this.value(node(fields[at]), path, into)
    else for (const field of fields) this.value(field, [], into)
  }

  private subquery({ subqueryType, inExpr, subquery }: Node, path: FieldPath, into: Origins): void {
    const [column] = nodes(node(subquery).columnList)
    if (inExpr !== undefined) {
      this.value(node(inExpr), [], into)
      this.deciding([{ column }], into)
    } else if (subqueryType !== exists) this.follow(column, path, into)
  }

  private call(call: Node, path: FieldPath, into: Origins): void {
    const name = String(node(call.function).name).replace(/^ZetaSQL:/, '')
    const inner = keeping.has(name) ? path : []
    for (const argument of nodes(call.argumentList)) this.value(argument, inner, into)
    for (const { expr, inlineLambda } of nodes(call.genericArgumentList)) {
      if (expr !== undefined) this.value(node(expr), [], into)
      if (inlineLambda !== undefined) this.value(node(node(inlineLambda).body), [], into)
    }
    const { havingExpr } = node(call.havingModifier)
    this.deciding([...(havingExpr === undefined ? [] : [node(havingExpr)]), ...orderedBy(call)], into)
  }
}

/** The kind of subquery that shows nothing of its columns. */
const exists = 2

/** Functions that give whole values of their arguments, or lists of them: a field of the result is that field of the arguments. */
const keeping: ReadonlySet<string> = new Set(
  (
    '$array_at_offset $array_at_ordinal $case_no_value $case_with_value $make_array $safe_array_at_offset $safe_array_at_ordinal $subscript any_value ' +
    'array_agg array_concat array_concat_agg array_reverse coalesce first_value if ifnull lag last_value lead nth_value nullif'
  ).split(' '),
)

export const orderedBy = ({ orderByItemList }: Node): readonly Node[] =>
  nodes(orderByItemList).map(({ columnRef }) => node(columnRef))
