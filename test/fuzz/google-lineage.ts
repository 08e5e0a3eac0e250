import type { Tree } from './google-sql.ts'
import { Origins, orderedBy, ResolvedColumns } from './resolved-columns.ts'
import { type Node, node, nodes, plainTree, reference } from './resolved-tree.ts'

/** What a query rests on, as GoogleSQL resolves its names. Tables in full, columns as `TABLE.COLUMN`. */
export interface GoogleLineage {
  readonly tables: ReadonlySet<string>
  readonly outputs: readonly GoogleOutput[]
  /** Of WHERE, ON, USING, HAVING, QUALIFY, GROUP BY and ORDER BY, of PIVOT, and of DISTINCT. */
  readonly filters: ReadonlySet<string>
}

export interface GoogleOutput {
  readonly name: string
  readonly sources: ReadonlySet<string>
  readonly indirect: ReadonlySet<string>
}

/** Nothing for what is no query. */
export function googleLineage(statement: Tree): GoogleLineage | undefined {
  const root = node(plainTree(statement))
  return root.kind === 'resolvedQueryStmtNode' ? new QueryLineage(root).lineage() : undefined
}

class QueryLineage {
  private readonly root: Node
  private readonly columns = new ResolvedColumns()
  private readonly tables = new Set<string>()
  private readonly conditions: Node[] = []
  private readonly ctes = new Map<unknown, Node>()
  private readonly recursions: Node[] = []
  private readonly scans: Readonly<Record<string, (scan: Node) => void>> = {
    resolvedTableScanNode: scan => this.table(scan),
    resolvedArrayScanNode: scan => this.array(scan),
    resolvedSetOperationScanNode: scan => this.united(scan, nodes(scan.inputItemList)),
    resolvedWithRefScanNode: scan => this.named(scan),
    resolvedRecursiveRefScanNode: scan => this.itself(scan),
    resolvedFilterScanNode: ({ filterExpr }) => this.conditions.push(node(filterExpr)),
    resolvedJoinScanNode: ({ joinExpr }) => joinExpr !== undefined && this.conditions.push(node(joinExpr)),
    resolvedOrderByScanNode: scan => this.conditions.push(...orderedBy(scan)),
    resolvedAggregateScanNode: scan => this.grouped(scan),
    resolvedAnalyticScanNode: scan => this.windows(scan),
    resolvedPivotScanNode: scan => this.pivot(scan),
    resolvedUnpivotScanNode: scan => this.unpivot(scan),
  }
  constructor(root: Node) {
    this.root = root
    this.visit(root)
  }

  lineage(): GoogleLineage {
    const filters = new Origins()
    this.columns.deciding(this.conditions, filters)
    return { tables: this.tables, outputs: this.outputs(), filters: filters.indirect }
  }

  /** The fields of a value table's struct are its columns. */
  private outputs(): readonly GoogleOutput[] {
    const list = nodes(this.root.outputColumnList)
    const { type } = node(list[0]?.column)
    const fields = nodes(node(node(type).structType).field)
    if (!this.root.isValueTable || fields.length === 0) return list.map(output => this.output(output.name, output, []))
    return fields.map(({ fieldName }, at) => this.output(fieldName ?? '', node(list[0]), [at]))
  }

  private output(name: unknown, { column }: Node, path: readonly number[]): GoogleOutput {
    const origins = new Origins()
    this.columns.follow(column, path, origins)
    return { name: String(name), sources: origins.sources, indirect: origins.indirect }
  }

  private visit(value: unknown): void {
    if (Array.isArray(value)) for (const item of value) this.visit(item)
    else if (node(value).kind === 'resolvedRecursiveScanNode') this.recursive(node(value))
    else this.visitNode(node(value))
  }

  private visitNode(each: Node): void {
    this.scans[each.kind ?? '']?.(each)
    if (each.column !== undefined && each.expr !== undefined)
      this.columns.define(each.column, (path, into) => this.columns.value(node(each.expr), path, into))
    if (each.groupByColumn !== undefined) this.computed(each.outputColumn, [node(each.groupByColumn)])
    if (each.withSubquery !== undefined) this.ctes.set(each.withQueryName, node(each.withSubquery))
    this.lambdas(nodes(each.genericArgumentList))
    for (const [member, inner] of Object.entries(each)) if (member !== 'type') this.visit(inner)
  }

  private recursive(scan: Node): void {
    this.united(scan, [node(scan.nonRecursiveTerm), node(scan.recursiveTerm)])
    this.visit(scan.nonRecursiveTerm)
    this.recursions.push(scan)
    this.visit(scan.recursiveTerm)
    this.recursions.pop()
  }

  /** The columns by position; all but UNION ALL compare whole rows. */
  private united(scan: Node, items: readonly Node[]): void {
    for (const [at, column] of nodes(scan.columnList).entries()) {
      for (const { outputColumnList } of items) this.same(column, () => nodes(outputColumnList)[at])
      if (scan.opType !== 0 && scan.opType !== undefined) this.conditions.push(reference(column))
    }
  }

  private same(column: unknown, other: () => unknown): void {
    this.columns.define(column, (path, into) => this.columns.follow(other(), path, into))
  }

  private computed(column: unknown, from: readonly Node[]): void {
    this.columns.define(column, (_, into) => {
      for (const expression of from) this.columns.value(expression, [], into)
    })
  }

  private decided(column: unknown, by: readonly Node[]): void {
    this.columns.define(column, (_, into) => this.columns.deciding(by, into))
  }

  /** The parameter of a lambda is an element of the other arguments. */
  private lambdas(list: readonly Node[]): void {
    const others = list.flatMap(({ expr }) => (expr === undefined ? [] : [node(expr)]))
    for (const { inlineLambda } of list)
      for (const parameter of nodes(node(inlineLambda).argumentList))
        this.columns.define(parameter, (path, into) => {
          for (const other of others) this.columns.value(other, path, into)
        })
  }

  private named({ columnList, withQueryName }: Node): void {
    for (const [at, column] of nodes(columnList).entries())
      this.same(column, () => nodes(this.ctes.get(withQueryName)?.columnList)[at])
  }

  private itself({ columnList }: Node): void {
    const columns = nodes(this.recursions.at(-1)?.columnList)
    for (const [at, column] of nodes(columnList).entries()) this.same(column, () => columns[at])
  }

  private table({ table, columnList }: Node): void {
    const name = String(node(table).fullName)
    this.tables.add(name)
    for (const column of nodes(columnList))
      this.columns.define(column, (_, into) => into.sources.add(`${name}.${column.name}`))
  }

  /** The place of an element tells how many there are. */
  private array({ elementColumn, arrayExpr, arrayOffsetColumn, joinExpr }: Node): void {
    const array = node(arrayExpr)
    this.columns.define(elementColumn, (path, into) => this.columns.value(array, path, into))
    if (arrayOffsetColumn !== undefined) this.decided(node(arrayOffsetColumn).column, [array])
    if (joinExpr !== undefined) this.conditions.push(node(joinExpr))
  }

  private grouped({ groupByList }: Node): void {
    this.conditions.push(...nodes(groupByList).map(({ expr }) => node(expr)))
  }

  private windows({ functionGroupList }: Node): void {
    for (const { partitionBy, orderBy, analyticFunctionList } of nodes(functionGroupList)) {
      const by = [...nodes(node(partitionBy).partitionByList), ...orderedBy(node(orderBy))]
      for (const { column } of nodes(analyticFunctionList)) this.decided(column, by)
    }
  }

  private pivot({ pivotColumnList, pivotExprList, pivotValueList, forExpr, groupByList }: Node): void {
    for (const { column, pivotExprIndex, pivotValueIndex } of nodes(pivotColumnList)) {
      this.computed(column, [node(nodes(pivotExprList)[Number(pivotExprIndex ?? 0)])])
      this.decided(column, [node(forExpr), node(nodes(pivotValueList)[Number(pivotValueIndex ?? 0)])])
    }
    this.conditions.push(node(forExpr))
    this.grouped({ groupByList })
  }

  private unpivot({ valueColumnList, labelColumn, unpivotArgList }: Node): void {
    for (const [at, column] of nodes(valueColumnList).entries())
      for (const { columnList } of nodes(unpivotArgList)) this.computed(column, [node(nodes(columnList)[at])])
    this.decided(labelColumn, [])
  }
}
