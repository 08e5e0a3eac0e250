import { identifier, isNode, list, members, present, struct } from './ast.ts'
import { everyFlow, expressionFlow, orderFlow } from './expression-walk.ts'
import { asIndirect, computed, type Flow, joinFlows } from './flow.ts'
import { inputOf } from './pivot-walk.ts'
import { type Relation, restOf } from './scope.ts'
import { unnamedItem } from './select-walk.ts'
import { withAlias } from './source-walk.ts'
import { outputColumn, type QueryScope, type Walk } from './walk.ts'

const matchMembers = members(
  'table',
  'partition_by',
  'order_by',
  'measures',
  'rows_per_match',
  'after_match_skip',
  'pattern',
  'symbols',
  'alias',
)

/** Functions that are only there inside MATCH_RECOGNIZE. */
const matchFunctions: ReadonlySet<string> = new Set([
  'FIRST',
  'LAST',
  'PREV',
  'NEXT',
  'MATCH_NUMBER',
  'MATCH_SEQUENCE_NUMBER',
  'CLASSIFIER',
])

/**
 * MATCH_RECOGNIZE: one row a match shows the partition and the measures, all rows show the input's columns and the measures.
 * https://docs.snowflake.com/en/sql-reference/constructs/match_recognize
 */
export function matchRelation(walk: Walk, outer: QueryScope, payload: unknown): Relation {
  const node = struct(payload, 'MATCH_RECOGNIZE', matchMembers)
  const { scope: around, input } = inputOf(walk, outer, node)
  const scope: QueryScope = { ...around, functions: matchFunctions }
  const partition = list(node.partition_by, 'PARTITION BY')
  // `a.amount` is the column in the rows that the symbol `a` stands for.
  for (const symbol of symbolsIn(walk, node.pattern)) scope.relations.push({ ...input, alias: symbol })
  const decides = joinFlows([
    everyFlow(walk, scope, partition),
    orderFlow(walk, scope, node.order_by),
    definitions(walk, scope, node.symbols),
  ])
  walk.filter(decides)
  const measures = list(node.measures, 'MEASURES').map(item => {
    const { expr, alias } = struct(item, 'MEASURES', members('expr', 'alias'))
    const flow = computed(joinFlows([expressionFlow(walk, scope, expr), asIndirect(decides)]))
    return outputColumn(walk, walk.names.fold(identifier(alias)), flow)
  })
  const oneRow = !present(node.rows_per_match) || node.rows_per_match === 'OneRow'
  const shown: Omit<Relation, 'alias'> = oneRow
    ? { columns: partition.map(item => unnamedItem(walk, scope, item)), open: [], opaque: false }
    : input
  const { columns, open, opaque } = shown
  const relation = { columns: [...columns, ...measures], open, opaque, ...restOf([shown]) }
  return withAlias(walk, relation, node.alias)
}

function definitions(walk: Walk, scope: QueryScope, symbols: unknown): Flow {
  return joinFlows(
    list(symbols, 'DEFINE').map(item =>
      expressionFlow(walk, scope, struct(item, 'DEFINE', members('symbol', 'definition')).definition),
    ),
  )
}

function symbolsIn(walk: Walk, pattern: unknown): ReadonlySet<string> {
  if (Array.isArray(pattern)) return new Set(pattern.flatMap(part => [...symbolsIn(walk, part)]))
  if (!isNode(pattern)) return new Set()
  if (isNode(pattern.Named)) return new Set([walk.names.key(identifier(pattern.Named))])
  return symbolsIn(walk, Object.values(pattern))
}
