import { GatewayError, type WarehouseError } from './errors.ts'

/**
 * What a warehouse does not compile: the text itself, whatever its names are (`syntax`); what its names stand for (`names`); a function,
 * or a table or schema, that is not there.
 */
type Fault =
  | { readonly about: 'syntax' | 'names' }
  /** Their names, as the warehouse says them with dots; none where it says them otherwise. */
  | { readonly about: 'function'; readonly functions: readonly string[] }
  /** Its name, as the warehouse says it with dots. */
  | { readonly about: 'object'; readonly object: string }

interface Said {
  readonly message?: string | undefined
  readonly detail?: string
  readonly warehouse?: WarehouseError | undefined
  /** For whom it was compiled, where another role may see what this one does not. */
  readonly role?: string
}

/** A statement that cannot run, by the warehouse's own reading of it, before anything of it ran. */
export class NotCompiled extends GatewayError {
  readonly fault: Fault
  readonly role: string | undefined
  constructor(fault: Fault, { role, ...said }: Said) {
    const { message, ...more } = said
    const codes = {
      syntax: 'syntax_error',
      names: 'not_compiled',
      function: 'not_compiled',
      object: 'not_permitted',
    } as const
    super(codes[fault.about], { ...more, ...(message ? { message: message.slice(0, 2000) } : {}) })
    this.fault = fault
    this.role = role
  }
}

/** What stands for the end of the text, and Snowflake's numbers of single characters, besides marks. */
const ofNoText = /^(?:<EOF>|\d+|\W*)$/

/** Whether all that a message quotes stands in the statement: then its agent hears nothing but its own words. */
export function quotesOnly(sql: string, message: string): boolean {
  const text = sql.toLowerCase()
  return Array.from(
    message.matchAll(/'([^']*)'|"([^"]*)"|`([^`]*)`/g),
    ([, ...parts]) => parts.find(part => part !== undefined) ?? '',
  ).every(quoted => ofNoText.test(quoted) || text.includes(quoted.toLowerCase()))
}
