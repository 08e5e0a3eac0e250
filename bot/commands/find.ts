import { Value } from 'typebox/value'
import { type AnswerOf, internalOperations } from '#src/oncall/internal-api.ts'
import { sessionsAtOnce } from '#src/oncall/personal-operations.ts'
import { count } from '#src/show/facts.ts'
import { foundText } from '#src/show/session-words.ts'
import { bold, line, plain } from '../rich-text.ts'
import { type Answer, type Asked, type Choice, choices, fitting } from './answer.ts'
import { type FindQuery, parseFind } from './parse-find.ts'
import { sessionLine } from './session-line.ts'
import { sessionsCsv } from './sessions-csv.ts'

export const findActions = { older: 'find_older', denied: 'find_denied', csv: 'find_csv' } as const

const shownAtOnce = 15
const csvPages = 5

/** `/qw find …` */
export async function find(asked: Asked, words: string): Promise<Answer> {
  const { ports } = asked
  const parsed = parseFind(words, ports.clock.now(), ports.links.known)
  return 'problem' in parsed ? { text: parsed.problem } : findMore(asked, parsed.query)
}

export async function findMore({ ports, person }: Asked, query: FindQuery): Promise<Answer> {
  return findView(query, await ports.gateway.ask('find', person, { ...query, limit: shownAtOnce }))
}

/** The file is for the one who asked: it goes into their own conversation with the bot. */
export async function findAsFile({ ports, person, actor }: Asked, query: FindQuery): Promise<Answer> {
  const sessions: AnswerOf<'find'>['sessions'] = []
  let page: FindQuery = query
  let more = true
  for (let at = 0; at < csvPages && more; at += 1) {
    const found = await ports.gateway.ask('find', person, { ...page, limit: sessionsAtOnce })
    sessions.push(...found.sessions)
    const last = found.sessions.at(-1)
    more = found.more && last !== undefined
    page = { ...query, ...(last ? { before: last.id } : {}) }
  }
  const found = `${count(sessions.length)} sessions`
  const text = more ? `The newest ${found}; narrow it down for the rest` : `${found}, newest first`
  const { channel } = await ports.client.chat.postMessage({ channel: actor.user, text })
  if (!channel) throw new Error('chat.postMessage answered without a channel')
  const content = sessionsCsv(sessions)
  await ports.client.filesUploadV2({ channel_id: channel, filename: 'sessions.csv', content, snippet_type: 'csv' })
  return { text: `${text}: as a file in your messages with Querywarden.` }
}

/** Filters as a button carries them; the gateway holds them against its schema again. */
export function parseQuery(value: string | undefined): FindQuery | undefined {
  try {
    const query = JSON.parse(value ?? '')
    return Value.Check(internalOperations.find.body, { ...query, limit: 1 }) ? query : undefined
  } catch {
    return undefined
  }
}

function findView(query: FindQuery, { sessions, more }: AnswerOf<'find'>): Answer {
  if (sessions.length === 0) {
    return { text: query.before ? 'Nothing older.' : 'No session that you may see is like that.' }
  }
  const title = `${more ? 'first ' : ''}${foundText(sessions)}`
  const rest = line(plain('… more than fit here: narrow it down, or take the file.'))
  const { limit: _, before: __, ...filters } = query as FindQuery & { limit?: number }
  const all: Choice[] = [
    ...(more
      ? [
          {
            action: findActions.older,
            label: 'Older',
            value: JSON.stringify({ ...filters, before: sessions.at(-1)?.id }),
          },
        ]
      : []),
    ...(query.state === undefined
      ? [{ action: findActions.denied, label: 'Only denied', value: JSON.stringify({ ...filters, state: 'denied' }) }]
      : []),
    { action: findActions.csv, label: 'As CSV', value: JSON.stringify(filters) },
  ]
  return {
    text: title,
    blocks: [
      fitting([line(bold(title), plain('   newest first')), ...sessions.map(sessionLine)], rest),
      ...choices(all.filter(({ value }) => value.length <= 2_000)),
    ],
  }
}
