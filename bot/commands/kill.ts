import { isReason } from '#src/hold/review.ts'
import type { AnswerOf } from '#src/oncall/internal-api.ts'
import { isUnderWay } from '#src/record/event.ts'
import { cut } from '#src/show/cut.ts'
import { ending } from '#src/show/session-words.ts'
import { shortLine, visibleLine, visibleSql } from '#src/show/visible-text.ts'
import type { SessionId } from '#src/statement.ts'
import { bold, line, plain, preformatted, quote, richText } from '../rich-text.ts'
import { excerpt } from '../shown-statement.ts'
import type { Answer, Asked } from './answer.ts'
import { choices } from './answer.ts'
import { sessionNamed } from './session-in.ts'
import { sessionTitle } from './session-line.ts'

export const killActions = { kill: 'kill_it' } as const

/** Which session, and why: the words of the one who kills. */
interface Killing {
  readonly id: SessionId
  readonly reason: string
}

/** `/qw kill ID reason`: shows what would be killed, with the button that does it. */
export async function askToKill({ ports, person }: Asked, words: string): Promise<Answer> {
  const killing = parseKilling(words.replace(/^(\S+)\s+/, '$1|'))
  if (!killing)
    return { text: 'Name a session and say why, in 3 to 500 characters: `/qw kill 7F3K-9Q2M-X4TB runs away`.' }
  const { session, mayKill, staysOpen } = await ports.gateway.ask('show', person, { id: killing.id })
  const title = sessionTitle(session)
  const head = line(bold(cut(title, 200)), plain(`   ${shortLine(session.agent, 80)}  ${session.id}`))
  if (!mayKill) {
    const over = staysOpen.length === 0 && !isUnderWay(session.state)
    const text = over ? 'It has ended already; there is nothing to kill.' : 'Only operators may kill a statement.'
    return { text, blocks: [richText(head, line(plain(text)))] }
  }
  const sql = excerpt(visibleSql(session.sql), { characters: 250, lines: 8 }, { characters: 50, lines: 2 })
  const besides = staysOpen.map(what => ends[what].will)
  const does = isUnderWay(session.state)
    ? ['It is cancelled in the warehouse, and its credential ends.', ...besides, 'The agent reads your words:']
    : ['It has ended, but not what it left open.', ...besides, 'The agent is told. You say:']
  return {
    text: cut(`Kill ${session.id}?`, 200),
    blocks: [
      richText(head, preformatted(sql), line(plain(does.join(' '))), quote(visibleLine(killing.reason))),
      ...choices([
        {
          action: killActions.kill,
          label: isUnderWay(session.state) ? 'Kill it' : 'End what is open',
          value: `${killing.id}|${killing.reason}`,
          style: 'danger',
        },
      ]),
    ],
  }
}

export async function killNow({ ports, person }: Asked, killing: Killing): Promise<Answer> {
  const answer = await ports.gateway.ask('kill', person, { ...killing })
  return { text: cut(sentence(answer), 400) }
}

export function parseKilling(value: string): Killing | undefined {
  const at = value.indexOf('|')
  const id = sessionNamed(value.slice(0, Math.max(at, 0)))
  const reason = value.slice(at + 1).trim()
  return id && isReason(reason) ? { id, reason } : undefined
}

const ends = {
  transaction: {
    will: 'Its transaction is ended, and what was not committed is rolled back.',
    did: 'Its transaction was ended, and nothing of it that was not committed is there any more.',
  },
  'temporary tables': {
    will: 'The session of its temporary tables is ended, and they are gone with it.',
    did: 'The session of its temporary tables was ended, and they are gone.',
  },
} as const

/** What came of it. */
function sentence(answer: AnswerOf<'kill'>): string {
  return [becameOf(answer), ...answer.ended.map(what => ends[what].did)].join(' ')
}

/** Of the statement; a kill that came too late says so. */
function becameOf({ reach, session, ended }: AnswerOf<'kill'>): string {
  const { id, state } = session
  if (reach === 'ended' && ended.length > 0) return `${id} had ended (${ending(session)}).`
  if (reach === 'waiting') return `Killed: ${id} waited, and will never run.`
  if (reach === 'ended') return `Too late: ${id} had ended already (${ending(session)}). Nothing was killed.`
  if (state === 'failed') return `Killed: ${id} was cancelled in the warehouse, and its credential has ended.`
  if (state === 'completed') return `Too late: ${id} ran to its end (${ending(session)}) before it could be stopped.`
  return `${id} was told to end, and has not said yet that it did. \`/qw show ${id}\` tells what comes of it.`
}
