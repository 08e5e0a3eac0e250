import { GoogleError } from '../google/google-error.ts'
import { invalidQuery } from './google-sql-tokens.ts'

/** DuckDB's complaint in BigQuery's words, which quote the offending value as the real ones do. */
export function bigqueryError(error: unknown): GoogleError {
  if (error instanceof GoogleError) return error
  const [message = ''] = (error instanceof Error ? error.message : String(error)).split('\n\n')
  if (/^INTERRUPT/.test(message)) {
    return new GoogleError(499, 'Job execution was cancelled: User requested cancellation', 'stopped')
  }
  const unnamed =
    /Referenced column "([^"]+)" not found|column named "([^"]+)"|Table "[^"]+" does not have a column named "([^"]+)"/i.exec(
      message,
    )
  if (unnamed) return invalidQuery(`Unrecognized name: ${unnamed[1] ?? unnamed[2] ?? unnamed[3]}`)
  const unknownFunction = /Function with name (\w+) does not exist/.exec(message)
  if (unknownFunction) return invalidQuery(`Function not found: ${unknownFunction[1]}`)
  const cast = /Could not convert string '([\s\S]*)' to (\w+)/.exec(message)
  if (cast) return invalidQuery(`Bad ${cast[2]?.toLowerCase()} value: ${cast[1]}`)
  const duplicate = /(?:Table|View) with name "?([^"]+)"? already exists/.exec(message)
  if (duplicate) return new GoogleError(409, `Already Exists: Table ${duplicate[1]}`, 'duplicate')
  if (/^Parser Error/.test(message)) return invalidQuery(`Syntax error: ${message.replace(/^Parser Error: /, '')}`)
  return invalidQuery(message.replace(/^[\w ]+ Error: /, ''))
}
