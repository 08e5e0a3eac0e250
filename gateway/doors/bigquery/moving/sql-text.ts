import { GatewayError } from '#src/errors.ts'

export type OptionValue = string | number | boolean | readonly string[]

/**
 * A string literal of exactly this text. What nobody would see on a card (controls, marks of direction, odd spaces) is escaped.
 * Rejects with `invalid_request` what is not well-formed.
 * https://cloud.google.com/bigquery/docs/reference/standard-sql/lexical#escape_sequences
 */
function stringLiteral(text: string): string {
  if (!text.isWellFormed()) throw new GatewayError('invalid_request', { message: 'A text is not well-formed Unicode.' })
  const escaped = text.replaceAll(/[\\'\p{C}[\p{Z}--[ ]]]/gv, character =>
    character === '\\' || character === "'"
      ? `\\${character}`
      : `\\U${character.codePointAt(0)?.toString(16).padStart(8, '0')}`,
  )
  return `'${escaped}'`
}

/** `name = value, …` in the order given. */
export function optionList(options: Readonly<Record<string, OptionValue>>): string {
  return Object.entries(options)
    .map(([name, value]) => `${name} = ${optionText(value)}`)
    .join(', ')
}

function optionText(value: OptionValue): string {
  if (typeof value === 'string') return stringLiteral(value)
  return typeof value === 'object' ? `[${value.map(stringLiteral).join(', ')}]` : String(value)
}
