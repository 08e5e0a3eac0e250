import { type Static, Type } from 'typebox'
import type { ConnectionFacts } from '../../../journey/journey.ts'
import { CopyConfiguration, copySql } from './copy-sql.ts'
import { ExtractConfiguration, extractSql } from './extract-sql.ts'
import { LoadConfiguration, loadSql } from './load-sql.ts'

/** Jobs that move data without SQL. Each is taken as the one statement that does the same, and judged, shown and run as that. */
export const movingJobs = {
  copy: Type.Optional(CopyConfiguration),
  extract: Type.Optional(ExtractConfiguration),
  load: Type.Optional(LoadConfiguration),
}
const Moving = Type.Object(movingJobs)

/** Rejects with `invalid_request` what no statement does exactly; `undefined` where it is no such job. */
export function movingSql(
  { copy, extract, load }: Static<typeof Moving>,
  connection: ConnectionFacts,
): string | undefined {
  if (copy) return copySql(copy, connection)
  if (extract) return extractSql(extract, connection)
  return load && loadSql(load, connection)
}
