import { type BindValue, canonicalJson, type Dialect, sha256, type TypedBind } from '../statement.ts'
import type { StatementKind } from './classification.ts'
import { writtenStatements } from './gate.ts'
import { isWord, type Token } from './text/token.ts'
import { shapedKinds, type ValuePlace, valuePlaces } from './text/value-places.ts'

/** A statement with the values that it compares, sets or inserts taken out. */
export interface Shape {
  /** SHA-256 (hex): equal for texts that differ in nothing but such values, comments and white space. */
  readonly fingerprint: string
  /** On one line, with `?` in place of each such value. */
  readonly text: string
  /** How many of them there are. */
  readonly places: number
}

interface Shaped {
  readonly sql: string
  readonly dialect: Dialect
  readonly binds: readonly BindValue[]
}

/**
 * The shape of one statement, from the gate's own tokens. A value is taken out where nothing but a value can stand: what a column
 * is compared with, set to, or looked for among; what is inserted. Names, paths, options, limits, intervals, patterns and whatever
 * a function is called with stay as they are, and so do the number of values in a list and the type of each. Undefined where the
 * text is of another kind, is not one statement that every lexer reads alike, or holds a bind or variable whose value is not known
 * by its position. Pure.
 */
export function shapeOf(
  { sql, dialect, binds }: Shaped,
  { kind: said }: { readonly kind: StatementKind },
): Shape | undefined {
  const kind = shapedKinds.find(known => known === said)
  if (!kind) return undefined
  const [written, ...more] = writtenStatements(sql, dialect) ?? []
  if (!written || more.length > 0 || hasVariables(written)) return undefined
  const marks = written.filter(isMark)
  if (marks.length !== binds.length || binds.some(bind => isTyped(bind) && bind.name !== undefined)) return undefined
  const places = new Map(valuePlaces(written, kind).map(place => [place.token, place]))
  const bound = new Map(marks.map((mark, at) => [mark, binds[at] ?? null]))
  const parts = written.map(token => [token.spaced, partOf(token, places.get(token), bound)])
  return {
    fingerprint: sha256(canonicalJson([dialect, parts])),
    text: written.reduce((text, token) => {
      const shown = places.has(token) ? '?' : token.text
      return token.spaced && text !== '' ? `${text} ${shown}` : text + shown
    }, ''),
    places: places.size,
  }
}

/** What has to be equal of a token: its text, or only the type of its value. */
function partOf(token: Token, place: ValuePlace | undefined, bound: ReadonlyMap<Token, BindValue>): unknown {
  const bind = bound.get(token)
  if (bind !== undefined) return place ? bindPart(bind) : { bind }
  return place ? { value: place.type } : token.text
}

/** Of a list or a struct every member counts: how many rows it means may hang on them. */
function bindPart(bind: BindValue): unknown {
  const typed = isTyped(bind) ? bind : undefined
  const content = typed ? typed.value : bind
  if (typeof content === 'object' && content !== null) return { bind }
  return { bindOf: [typed?.type ?? null, content === null ? 'null' : typeof content] }
}

const isTyped = (bind: BindValue): bind is TypedBind => typeof bind === 'object' && bind !== null

const isMark = (token: Token): boolean => isWord(token, '?')

/** Their values are set elsewhere. `$1` is a column. */
const hasVariables = (written: readonly Token[]): boolean =>
  written.some(({ kind, text }) => kind === 'variable' && !/^\$\d+$/.test(text))
