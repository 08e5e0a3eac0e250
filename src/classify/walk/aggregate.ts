import type { Dialect } from '../../statement.ts'
import type { Aggregate } from '../classification.ts'
import { list, type Node, present } from './ast.ts'
import type { Flow } from './flow.ts'

const everywhere: Readonly<Record<string, Aggregate>> = {
  COUNT: 'count',
  APPROX_COUNT_DISTINCT: 'count_distinct',
  SUM: 'sum',
  AVG: 'avg',
  MIN: 'min',
  MAX: 'max',
  STDDEV: 'stddev',
  STDDEV_POP: 'stddev',
  STDDEV_SAMP: 'stddev',
  VARIANCE: 'variance',
  VAR_POP: 'variance',
  VAR_SAMP: 'variance',
}
const aggregates: Readonly<Record<Dialect, Readonly<Record<string, Aggregate>>>> = {
  snowflake: { ...everywhere, MEDIAN: 'median' },
  bigquery: everywhere,
}

/** Says no more than its first argument. */
const roundings = new Set(['ROUND', 'TRUNC'])

/**
 * What a call makes of its one column, where it is that and nothing else: `COUNT(DISTINCT email)`. Not where anything beside
 * decides (a window, FILTER, HAVING MAX): that can pick one row. Not of what is computed either: `COUNT(NULLIF(email, 'x'))`
 * counts everybody but one.
 */
export function aggregateOf(
  dialect: Dialect,
  name: string,
  call: Node,
  args: Node,
  [first, ...others]: readonly Flow[],
): Aggregate | undefined {
  const beside = [call.over, call.filter, call.null_treatment].some(present)
  const further = [call.within_group, args.clauses].some(items => list(items, 'arguments').length > 0)
  if (!first || beside || further || first.indirect.size > 0) return undefined
  if (roundings.has(name)) return others.every(isLiteral) ? first.aggregate : undefined
  if (others.length > 0 || !first.copied || !Object.hasOwn(aggregates[dialect], name)) return undefined
  const aggregate = aggregates[dialect][name]
  if (args.duplicate_treatment !== 'Distinct') return aggregate
  return aggregate === 'count' ? 'count_distinct' : undefined
}

const isLiteral = ({ sources, indirect, known }: Flow): boolean => known && sources.size === 0 && indirect.size === 0
