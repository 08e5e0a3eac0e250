import { init, ParserError, parse as parseFirst } from '@guanmingchiu/sqlparser-ts'
import { parse as parseSecond, Dialect as SecondDialect, init as startSecond } from '@polyglot-sql/sdk'
import type { Dialect } from '../statement.ts'
import { LruCache } from './lru-cache.ts'
import type { Parsers } from './statement-verdict.ts'

/**
 * Both parsers, started. Their WebAssembly lives as long as the thread: after a trap the first one is dead for good,
 * so they belong into a worker that can be replaced. The last few trees are kept, because a text is judged once
 * without and once with its tables' columns.
 */
export async function startParsers(): Promise<Parsers> {
  await Promise.all([init(), startSecond()])
  const second = { snowflake: SecondDialect.Snowflake, bigquery: SecondDialect.BigQuery } as const
  return {
    first: remembered((text, dialect) =>
      aliveOrThrow(
        () => parseFirst(text, dialect),
        () => parseFirst(probe, dialect),
      ),
    ),
    second: remembered((text, dialect) => {
      const parse = (sql: string) => {
        const result = parseSecond(sql, second[dialect])
        if (!result.success) throw new ParserError(result.error ?? 'not parsed')
        return result.ast ?? []
      }
      return aliveOrThrow(
        () => parse(text),
        () => parse(probe),
      )
    }),
  }
}

const probe = 'select 1'

/** A trap comes back as if it were a refusal of the text, so a refusal counts only from a parser that still parses. */
function aliveOrThrow<T>(parse: () => T, check: () => unknown): T {
  try {
    return parse()
  } catch (error) {
    try {
      check()
    } catch (cause) {
      throw new Error('the parser died', { cause })
    }
    throw error
  }
}

type Parse = (text: string, dialect: Dialect) => readonly unknown[]

function remembered(parse: Parse): Parse {
  const trees = new LruCache<readonly unknown[]>(8)
  return (text, dialect) => {
    if (text.length > 20_000) return parse(text, dialect)
    const key = `${dialect}:${text}`
    const known = trees.get(key)
    if (known !== undefined) return known
    const tree = parse(text, dialect)
    trees.set(key, tree)
    return tree
  }
}
