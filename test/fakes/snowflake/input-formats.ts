import type { ParameterValue } from './session.ts'
import { SnowflakeError } from './snowflake-error.ts'

export type EffectiveParameters = (name: string) => ParameterValue | undefined

const elements: Readonly<Record<string, string>> = {
  YYYY: String.raw`(?<year>\d{4})`,
  MM: String.raw`(?<month>\d\d)`,
  DD: String.raw`(?<day>\d\d)`,
  HH24: String.raw`(?<hour>\d\d)`,
  MI: String.raw`(?<minute>\d\d)`,
  SS: String.raw`(?<second>\d\d)`,
}

function pattern(format: string): RegExp {
  const parts = format.split(/(YYYY|MM|DD|HH24|MI|SS)/)
  return new RegExp(`^${parts.map(part => elements[part] ?? part.replace(/\W/g, '\\$&')).join('')}$`)
}

const iso = ({ year, month, day, hour, minute, second }: Record<string, string | undefined>) =>
  `${year}-${month}-${day}${hour === undefined ? '' : ` ${hour}:${minute}:${second}`}`

const date = /^\d{4}-\d\d-\d\d$|^\d\d\/\d\d\/\d{4}$/
const timestamp = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d/

/**
 * A text that could be a date or a time, as DuckDB reads it: what it says goes by the session's input formats. For texts that are
 * compared with dates or stored as such; the stand-in does not know of those that stay texts.
 */
export function readAs(text: string, parameter: EffectiveParameters): string {
  for (const [name, looks, usual, refusal] of [
    ['DATE_INPUT_FORMAT', date, 'MM/DD/YYYY', ['100040', 'Date']],
    ['TIMESTAMP_INPUT_FORMAT', timestamp, undefined, ['100035', 'Timestamp']],
  ] as const) {
    const asked = String(parameter(name) ?? 'AUTO')
    const format = asked === 'AUTO' ? usual : asked
    const { groups } = (format === undefined ? undefined : pattern(format).exec(text)) ?? {}
    if (groups) return iso(groups)
    if (asked !== 'AUTO' && looks.test(text))
      throw new SnowflakeError(refusal[0], '22007', `${refusal[1]} '${text}' is not recognized`)
  }
  return text
}

/** The statement with its literals so. */
export function readLiterals(sql: string, parameter: EffectiveParameters): string {
  return sql.replace(/'((?:[^'\\]|''|\\.)*)'/g, (whole, text: string) =>
    /^[\d/ :.TZ+-]+$/.test(text) ? `'${readAs(text, parameter)}'` : whole,
  )
}
