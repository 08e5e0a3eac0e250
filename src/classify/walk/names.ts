import type { Dialect } from '../../statement.ts'
import type { NameContext } from '../classification.ts'
import { quoteDotted } from '../column-name.ts'
import { type Identifier, Unread } from './ast.ts'

/** How names compare and resolve in a dialect and a session context. */
export class Names {
  readonly dialect: Dialect
  readonly context: NameContext
  constructor(dialect: Dialect, context: NameContext) {
    this.dialect = dialect
    this.context = context
  }

  /** The name as the warehouse stores it: Snowflake folds unquoted names to upper case, BigQuery keeps them. */
  fold(name: Identifier): string {
    return this.dialect === 'snowflake' && !name.quoted ? name.text.toUpperCase() : name.text
  }

  /** Key under which columns, aliases and CTEs are compared; BigQuery's are without regard to case. */
  key(name: Identifier): string {
    const key = this.keyOf(this.fold(name))
    // Whether `É` is `é` depends on who compares; U+212A, the sign for Kelvin, is k for some.
    const isPlain = this.dialect === 'snowflake' || !/[\u0080-\uffff]/.test(name.text)
    if (!isPlain && key !== name.text.replace(/[A-Z]/g, letter => letter.toLowerCase()))
      throw new Unread('a capital letter beyond ASCII in a name')
    return key
  }

  keyOf(folded: string): string {
    return this.dialect === 'bigquery' ? folded.toLowerCase() : folded
  }

  /** Fully qualified as far as the context allows; `db..t` is the schema PUBLIC. */
  table(parts: readonly Identifier[]): string {
    return this.dialect === 'bigquery'
      ? this.bigqueryTable(parts)
      : this.snowflakePath(parts).map(quoteDotted).join('.')
  }

  snowflakePath(parts: readonly Identifier[]): readonly string[] {
    const folded = parts.map(part => this.fold(part))
    const { database, schema } = this.context
    if (folded.length === 3 && folded[1] === '' && database !== undefined) folded[1] = 'PUBLIC'
    if (folded.length === 1 && schema !== undefined) folded.unshift(schema)
    if (folded.length === 2 && database !== undefined) folded.unshift(database)
    return folded
  }

  /** All that is in a schema (of BigQuery: a data set), or in a database, as the name of a wildcard. */
  allIn(container: 'schema' | 'database', parts: readonly Identifier[]): string {
    const { database } = this.context
    const path = this.dialect === 'bigquery' ? this.pathOf(parts) : parts.map(part => quoteDotted(this.fold(part)))
    if (container === 'schema' && path.length === 1 && database !== undefined) path.unshift(database)
    return [...path, ...(container === 'schema' ? ['*'] : ['*', '*'])].join('.')
  }

  /** A back-ticked name may hold the whole path or a part of it. */
  private pathOf(parts: readonly Identifier[]): string[] {
    return parts
      .map(part => this.fold(part))
      .join('.')
      .split('.')
  }

  private bigqueryTable(parts: readonly Identifier[]): string {
    const { database, schema } = this.context
    const path = this.pathOf(parts)
    if (path.length === 1 && schema !== undefined) path.unshift(schema)
    const schemaView = path.findIndex(part => part.toUpperCase() === 'INFORMATION_SCHEMA')
    if (path.length === 2 && schemaView !== 0 && database !== undefined) path.unshift(database)
    return path.join('.')
  }
}

/** `a.b."c.d"` as text into its parts; used for names inside strings, as in IDENTIFIER('db.sch.t'). */
export function parseDottedName(text: string): readonly Identifier[] | undefined {
  const parts: Identifier[] = []
  const part = /(?:"((?:[^"]|"")+)"|([A-Za-z_][\w$]*)|(?=\.))(\.|$)/y
  while (part.lastIndex < text.length) {
    const match = part.exec(text)
    if (match === null || parts.length === 3) return undefined
    const quoted = match[1]?.replaceAll('""', '"')
    parts.push({ text: quoted ?? match[2] ?? '', quoted: quoted !== undefined })
    if (match[3] === '') return parts
  }
  return undefined
}
