import { bigquery, bigqueryOnBqemulator } from './bigquery/suite.ts'
import type { Suite } from './client.ts'
import { snowflake, snowflakeOnFakesnow } from './snowflake/suite.ts'

/** All that is played; the README has the table of each. */
export const suites: readonly Suite[] = [snowflake, snowflakeOnFakesnow, bigquery, bigqueryOnBqemulator]
