import { GatewayError } from '#src/errors.ts'
import type { OptionValue } from './sql-text.ts'

/** By field of a job: the option of the statement that says the same, and the formats for which it is one. */
export type JobOptions = Readonly<Record<string, readonly [option: string, ...formats: readonly string[]]>>

/** The fields that were given, as options. Rejects with `invalid_request` one that the format has not. */
export function optionsOf(
  known: JobOptions,
  asked: Readonly<Record<string, unknown>>,
  format: string,
  refusal: (field: string) => GatewayError,
): Record<string, OptionValue> {
  const options: Record<string, OptionValue> = {}
  for (const [field, [option, ...formats]] of Object.entries(known)) {
    const value = asked[field] as OptionValue | undefined
    if (value === undefined) continue
    if (!formats.includes(format)) throw refusal(`${field} with ${format}`)
    options[option] = value
  }
  return options
}

/** Makes the refusal of what a statement of this form would not do exactly as the job does. */
export function noCounterpart(job: string, instead: string): (field: string) => GatewayError {
  return field =>
    new GatewayError('invalid_request', {
      message: `configuration.${job}.${field} has no exact counterpart in SQL, which is what is judged here.`,
      next: `Write it in SQL: ${instead}`,
    })
}
