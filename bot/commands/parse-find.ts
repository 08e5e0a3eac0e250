import type { BodyOf } from '#src/oncall/internal-api.ts'
import type { Person } from '#src/principal.ts'
import { stateNamed, stateNames } from '#src/show/state-words.ts'

export type FindQuery = Omit<BodyOf<'find'>, 'limit'>

const units = { m: 60_000, h: 3_600_000, d: 86_400_000 } as const

export const findHint =
  '`/qw find agent:release-bot table:shop.orders verdict:denied since:24h` · words: `agent:` `person:` `table:` `rule:` `verdict:` `text:"…"` `since:` `until:` `cost>2.50`'

/**
 * What `/qw find` asks for, or a sentence (ours, and at most a word of theirs) that says what to write instead. Times as
 * `24h` ago or `2026-11-20`. `now` in milliseconds since the epoch.
 */
export function parseFind(
  text: string,
  now: number,
  people: readonly Person[],
): { readonly query: FindQuery } | { readonly problem: string } {
  const query: { -readonly [K in keyof FindQuery]: FindQuery[K] } = {}
  for (const word of wordsOf(text)) {
    const [, key = '', value = ''] = /^(\w+)[:=>]([\s\S]+)$/.exec(word) ?? []
    const problem = read(query, key.toLowerCase(), value, word)
    if (problem) return { problem }
  }
  return { query }

  function read(into: typeof query, key: string, value: string, word: string): string | undefined {
    switch (key) {
      case 'agent':
      case 'table':
      case 'rule':
      case 'text':
        if (value.length > 200) return `\`${key}:\` is longer than 200 characters.`
        into[key] = value
        return undefined
      case 'person': {
        const id = personId(value, people)
        if (id !== undefined) into.person = id
        return id === undefined
          ? 'Whose account that is, I do not know. Write `person:` and the id of the configuration.'
          : undefined
      }
      case 'verdict': {
        const state = stateNamed(value)
        if (state) into.state = state
        return state ? undefined : `\`verdict:\` is one of ${stateNames}.`
      }
      case 'since':
      case 'until': {
        const at = momentOf(value, now)
        if (at !== undefined) into[key] = at
        return at === undefined ? `\`${key}:\` is a time such as 24h, 30m, 7d or 2026-11-20.` : undefined
      }
      case 'cost': {
        const dollars = Number(value.replace(/^\$/, ''))
        if (!(dollars >= 0 && dollars < 1e9)) return '`cost>` is a number of dollars, such as `cost>2.50`.'
        into.costOver = dollars
        return undefined
      }
      default:
        return `I do not understand ${shown(word)}. Write ${findHint}`
    }
  }
}

/** Phones write curly quotes and blanks that are none. */
function wordsOf(text: string): string[] {
  const plain = text.replaceAll(/[\u201C\u201D\u201E]/g, '"').replaceAll(/[\u00A0\u202F]/g, ' ')
  const words = plain.match(/(?:[^\s"]|"[^"]*")+|"/g) ?? []
  return words.slice(0, 20).map(word => word.replaceAll('"', ''))
}

/** A mention, as Slack writes it, or an id of the configuration. */
function personId(value: string, people: readonly Person[]): string | undefined {
  const [, user] = /^<@([UW][A-Z0-9]+)(?:\|[^>]*)?>$/.exec(value) ?? []
  return user ? people.find(({ slack }) => slack?.user === user)?.id : value.slice(0, 200)
}

function momentOf(text: string, now: number): number | undefined {
  const [, amount, unit] = /^(\d{1,5})([mhd])$/.exec(text.toLowerCase()) ?? []
  if (amount && unit) return Math.max(0, now - Number(amount) * units[unit as keyof typeof units])
  if (!/^\d{4}-\d\d-\d\d$/.test(text)) return undefined
  const day = Date.parse(`${text}T00:00:00Z`)
  // A day that no month has would be one of the next.
  return day >= 0 && new Date(day).toISOString().startsWith(text) ? day : undefined
}

/** A word of theirs in a sentence that Slack parses: nothing in it comes alive. */
function shown(word: string): string {
  return `\`${word.slice(0, 40).replaceAll(/[^\p{L}\p{N} .,:_=@/-]/gu, '')}\``
}
