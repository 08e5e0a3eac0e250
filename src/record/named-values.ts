/*
 * Every value in a statement of the record has a name (`$name`), and is given by it: there is no order of them that could be wrong.
 * The databases count them instead, PostgreSQL as `$1` and SQLite, which knows names too but takes several times as long, as `?1`.
 */

export interface NumberedStatement {
  readonly text: string
  /** Of its values, in their order. */
  readonly names: readonly string[]
}

export function numbered(sql: string, sign: '$' | '?'): NumberedStatement {
  const named = /\$([a-z]\w*)/gi
  const names = [...new Set(Array.from(sql.matchAll(named), ([, name = '']) => name))]
  return { text: sql.replaceAll(named, (_, name: string) => `${sign}${names.indexOf(name) + 1}`), names }
}

/** Throws where one is missing. */
export function inOrder<Value>(names: readonly string[], values: Readonly<Record<string, Value>>): Value[] {
  return names.map(name => {
    const value = values[name]
    if (value === undefined) throw new TypeError(`no value for ${name}`)
    return value
  })
}
