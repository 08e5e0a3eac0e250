import './calm-compilation.ts'
import { init, ParserError, parse as parseFirst } from '@guanmingchiu/sqlparser-ts'
import { parse as parseSecond, Dialect as SecondDialect, init as startSecond } from '@polyglot-sql/sdk'
import type { Dialect } from '../../statement.ts'
import type { Parsers } from './statement-verdict.ts'

/**
 * Both parsers, started. Their WebAssembly lives as long as the thread: after a trap the first one is dead for good,
 * so they belong into a worker that can be replaced. The last tree is kept, because a new text is judged once without and
 * once with its tables' columns; trees that are kept for longer cost more to collect than they save.
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
  let last: { readonly text: string; readonly dialect: Dialect; readonly tree: readonly unknown[] } | undefined
  return (text, dialect) => {
    if (last?.text !== text || last.dialect !== dialect) {
      last = undefined
      const tree = parse(text, dialect)
      last = { text, dialect, tree }
    }
    return last.tree
  }
}
