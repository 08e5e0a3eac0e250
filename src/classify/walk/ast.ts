/** A node of the parser's tree as plain data. Nothing is believed about its shape before it was looked at. */
export type Node = { readonly [key: string]: unknown }

/** The tree holds something this walk does not know, so the statement is not understood. Never skipped, never guessed. */
export class Unread extends Error {
  constructor(what: string) {
    super(what)
    this.name = 'Unread'
  }
}

export const isNode = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const isAbsent = (value: unknown): boolean =>
  value === undefined || value === null || value === false || (Array.isArray(value) && value.length === 0)

/** The value as a struct whose every present member is in `known`; a new member of the parser's makes it unread. */
export function struct(value: unknown, what: string, known: ReadonlySet<string>): Node {
  if (!isNode(value)) throw new Unread(`${what} of an unknown form`)
  for (const key in value) {
    if (!known.has(key) && !isAbsent(value[key])) throw new Unread(`${key} of ${what}`)
  }
  return value
}

export const members = (...names: readonly string[]): ReadonlySet<string> => new Set(names)

/** The one variant of an enum: its name, and its payload where it has one. */
export function variant(value: unknown, what: string): readonly [name: string, payload: unknown] {
  if (typeof value === 'string') return [value, undefined]
  if (!isNode(value)) throw new Unread(`${what} of an unknown form`)
  const keys = Object.keys(value)
  const name = keys[0]
  if (keys.length !== 1 || name === undefined) throw new Unread(`${what} of an unknown form`)
  return [name, value[name]]
}

/** A list; an absent one is empty. */
export function list(value: unknown, what: string): readonly unknown[] {
  if (value === undefined || value === null) return []
  if (!Array.isArray(value)) throw new Unread(`${what} of an unknown form`)
  return value
}

/** A payload of fixed length, as `InSubquery(a, b)` of the parser's enums. */
export function pair(value: unknown, what: string): readonly [unknown, unknown] {
  const parts = list(value, what)
  if (parts.length !== 2) throw new Unread(`${what} of an unknown form`)
  return [parts[0], parts[1]]
}

export const present = (value: unknown): boolean => value !== undefined && value !== null

/** An identifier as written and whether it was quoted. */
export interface Identifier {
  readonly text: string
  readonly quoted: boolean
}

const identifierMembers = members('value', 'quote_style', 'span')

export function identifier(value: unknown): Identifier {
  const node = struct(value, 'a name', identifierMembers)
  if (typeof node.value !== 'string') throw new Unread('a name of an unknown form')
  if (node.quote_style === "'") throw new Unread('a string where a name belongs')
  return { text: node.value, quoted: typeof node.quote_style === 'string' }
}

/** The text of a literal string, where the expression is one. */
export function literalString(value: unknown): string | undefined {
  if (!isNode(value) || !isNode(value.Value)) return undefined
  const inner = value.Value.value
  return isNode(inner) && typeof inner.SingleQuotedString === 'string' ? inner.SingleQuotedString : undefined
}

/** The expression that an argument without a name is. */
export function argumentValue(argument: unknown): Node | undefined {
  const value = isNode(argument) && isNode(argument.Unnamed) ? argument.Unnamed.Expr : undefined
  return isNode(value) ? value : undefined
}

/**
 * Whether a string may have held other characters: the gate writes quotes, backslashes and all beyond ASCII as `\xe4` or `\u20ac`, of
 * which the parser leaves out the backslash alone.
 */
export const mayBeEscaped = (text: string): boolean => /x(?:[0189a-f][\da-f]|2[247]|5c|60|7f)|u[\da-f]{4}/.test(text)

const queries = members('Query', 'Subquery', 'Select', 'subquery', 'query', 'relation', 'Table', 'body')

/** A part that no value comes from: a type, a direction, a literal. Refuses one that holds a query after all. */
export function inert(value: unknown, what: string): void {
  if (Array.isArray(value)) for (const item of value) inert(item, what)
  else if (isNode(value)) {
    for (const key in value) {
      if (queries.has(key) && !isAbsent(value[key])) throw new Unread(`a query inside ${what}`)
      inert(value[key], what)
    }
  }
}
