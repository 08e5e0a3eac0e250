import type { Dialect } from '../statement.ts'

/** What a connection reaches. */
interface Reaching {
  readonly name: string
  readonly dialect: Dialect
  /** Of Snowflake. */
  readonly account?: string | undefined
}

/**
 * The connections by which the tables of this one are reached as well, itself among them: a full name means one table in one
 * account of Snowflake, and in all of BigQuery.
 */
export function sameWarehouse(name: string, connections: readonly Reaching[]): readonly string[] {
  const own = connections.find(each => each.name === name)
  if (!own) return [name]
  const alike = connections.filter(each => each.dialect === own.dialect && accountOf(each) === accountOf(own))
  return alike.map(each => each.name)
}

/** Snowflake takes either case, and hyphens for underscores, as they are in the names of its hosts. */
const accountOf = ({ account }: Reaching) => account?.toLowerCase().replaceAll('_', '-')
