import type { AnswerOf } from '#src/oncall/internal-api.ts'
import type { Step } from '#src/oncall/internal-shapes.ts'
import { isUnderWay } from '#src/record/event.ts'
import { cut } from '#src/show/cut.ts'
import { shortLine, visibleSql } from '#src/show/visible-text.ts'
import type { SessionId } from '#src/statement.ts'
import { bold, line, moment, type Preformatted, plain, preformatted, type RichLine } from '../rich-text.ts'
import { excerpt } from '../shown-statement.ts'
import { type Answer, type Asked, choices, fitting } from './answer.ts'
import { closing } from './reviews.ts'
import { sessionTitle } from './session-line.ts'

/** The message shortcut on a card. */
export const showShortcut = 'show_session'
export const showActions = { replay: 'show_replay', why: 'show_why' } as const

/** `/qw show ID`, and the shortcut on a card. */
export async function show({ ports, person }: Asked, id: SessionId): Promise<Answer> {
  return showView(await ports.gateway.ask('show', person, { id }))
}

function showView(answer: AnswerOf<'show'>): Answer {
  const { session, owner, onBehalfOf, steps, release, mayClose, staysOpen } = answer
  const title = sessionTitle(session)
  const start = steps[0]?.at ?? session.receivedAt
  const [asked, ...rest] = steps
  const people = `owner: ${owner ?? 'none'}${onBehalfOf ? `, on behalf of ${onBehalfOf}` : ''}`
  return {
    text: cut(`${session.id} ${session.state}`, 200),
    blocks: [
      fitting(
        [
          line(bold(cut(title, 200))),
          line(bold(shortLine(session.agent, 80)), plain(` (${shortLine(people, 200)})  `), moment(session.receivedAt)),
          ...(release && !release.reviewed ? [toReviewLine] : []),
          ...(isUnderWay(session.state) ? [] : staysOpen.map(what => openLine(what, session.id))),
          ...(asked ? stepParts(asked, start) : []),
          ...rest.flatMap(step => stepParts(step, start)),
        ],
        line(plain(`… more in /qw replay ${session.id}`)),
      ),
      ...choices([
        { action: showActions.replay, label: 'Replay', value: session.id },
        { action: showActions.why, label: 'Why', value: session.id },
        ...(mayClose ? [closing({ session })] : []),
      ]),
    ],
  }
}

const toReviewLine = line(bold('To review'), plain('  it was released alone, and nobody else has reviewed that yet.'))

const open = {
  transaction: ['Transaction open', 'what it wrote is not committed; nothing of it waits or runs.'],
  'temporary tables': ['Temporary tables', 'of its session are there still; nothing on them waits or runs.'],
} as const

function openLine(what: keyof typeof open, id: SessionId): RichLine {
  const [title, words] = open[what]
  return line(bold(title), plain(`  ${words} /qw kill ${id} ends that.`))
}

/** One step: its time since the start, its name, its sentences; a statement as it was written. */
export function stepParts({ at, title, lines }: Step, start: number): (RichLine | Preformatted)[] {
  const sql = lines.filter(text => text.startsWith('│ ')).map(text => text.slice(2))
  const words = lines
    .filter(text => !text.startsWith('│ '))
    .map(text => shortLine(text, 600))
    .join('\n')
  const time = `+${((at - start) / 1000).toFixed(1)} s`
  const statement = excerpt(visibleSql(sql.join('\n')), { characters: 1_400, lines: 16 }, { characters: 400, lines: 6 })
  return [
    line(
      plain(`${time}  `),
      bold(shortLine(title, 80)),
      plain(words.startsWith(title) ? words.slice(title.length) : `  ${words}`),
    ),
    ...(sql.length > 0 ? [preformatted(statement)] : []),
  ]
}
