import { init, parse as parseFirst } from '@guanmingchiu/sqlparser-ts'
import { parse as parseSecond, init as startSecond } from '@polyglot-sql/sdk'
import { ParserError } from '@guanmingchiu/sqlparser-ts'
import type { Parsers } from './judge.ts'

/**
 * Both parsers, started. Their WebAssembly lives as long as the thread: after a trap the first one is dead for good,
 * so they belong into a worker that can be replaced.
 */
export async function startParsers(): Promise<Parsers> {
  await Promise.all([init(), startSecond()])
  return {
    first: (text, dialect) => parseFirst(text, dialect),
    second: (text, dialect) => {
      const result = parseSecond(text, dialect)
      if (!result.success) throw new ParserError(result.error ?? 'not parsed')
      return result.ast as readonly unknown[]
    },
  }
}
