import type { Dialect } from '../statement.ts'
import { writtenStatements } from './gate.ts'
import { isWord, type Token } from './text/token.ts'

const clauses = ['FROM', 'WHERE', 'SET', 'VALUES', 'GROUP', 'HAVING', 'QUALIFY', 'ORDER', 'LIMIT', 'UNION', 'WHEN']

/** A file is called by a path, which is a text of the agent's as any literal: of one, only where it begins. */
export function withoutPath(name: string): string {
  const [, scheme, stage] = /^(?:([a-z]\w*:\/\/)|(@[^/]*\/))./i.exec(name) ?? []
  const start = scheme ?? stage
  return start === undefined ? name : `${start}…`
}

/**
 * The text with `?` in place of every string and number, without comments and paths of files, a line for each clause. Undefined where it cannot
 * be said for certain what is one, because two lexers could read the text differently.
 */
export function withoutLiterals(sql: string, dialect: Dialect): string | undefined {
  return writtenStatements(sql, dialect)?.map(textOf).join(';\n')
}

function textOf(tokens: readonly Token[]): string {
  return tokens.reduce((text, token) => {
    const shown = token.kind === 'string' || token.kind === 'number' ? '?' : withoutPath(token.text)
    if (text === '') return shown
    return `${text}${isWord(token, ...clauses) ? '\n' : token.spaced ? ' ' : ''}${shown}`
  }, '')
}
