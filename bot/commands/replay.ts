import type { AnswerOf } from '#src/oncall/internal-api.ts'
import { rowsAtOnce } from '#src/oncall/personal-operations.ts'
import { cut } from '#src/show/cut.ts'
import { count } from '#src/show/facts.ts'
import { shortLine } from '#src/show/visible-text.ts'
import { parseSessionId, type SessionId } from '#src/statement.ts'
import { bold, line, moment, plain, preformatted } from '../rich-text.ts'
import { type Answer, type Asked, choices, fitting, type Part } from './answer.ts'
import { sessionTitle } from './session-line.ts'
import { stepParts } from './show.ts'

export const replayActions = { back: 'replay_back', next: 'replay_next' } as const

/** A place in a recorded session: its steps come first, then its rows, a few at a time. */
interface Place {
  readonly id: SessionId
  readonly at: number
}

/** `/qw replay ID`: one message that one walks through. */
export async function replay({ ports, person }: Asked, { id, at }: Place): Promise<Answer> {
  const shown = await ports.gateway.ask('show', person, { id })
  const pages = Math.ceil(shown.rows / rowsAtOnce)
  const place = Math.min(at, Math.max(shown.steps.length + pages - 1, 0))
  const page = place - shown.steps.length
  if (page < 0 || pages === 0) return replayView(shown, place, pages, stepOf(shown, place))
  const offset = page * rowsAtOnce
  const rows = await ports.gateway.ask('rows', person, { id, offset })
  return replayView(shown, place, pages, rowParts(rows, offset))
}

export function parsePlace(value: string | undefined): Place | undefined {
  const [, text = '', at = ''] = /^([\w-]{14})\|(\d{1,6})$/.exec(value ?? '') ?? []
  const id = parseSessionId(text)
  return id ? { id, at: Number(at) } : undefined
}

type Parts = readonly Part[]

function replayView({ session, steps }: AnswerOf<'show'>, at: number, pages: number, parts: Parts): Answer {
  const last = steps.length + pages - 1
  const title = sessionTitle(session)
  const names = steps.map(step => shortLine(step.title, 80))
  const trail = names.map((name, index) => (index === at ? `[${name}]` : name)).join(' → ')
  const value = (place: number) => `${session.id}|${place}`
  return {
    text: `Replay of ${session.id}, ${at + 1} of ${last + 1}`,
    blocks: [
      fitting(
        [
          line(bold(cut(title, 200)), plain(`   ${shortLine(session.agent, 80)}  ${session.id}`)),
          line(plain(cut(`${trail}${pages > 0 ? ` → ${at >= steps.length ? '[rows]' : 'rows'}` : ''}`, 600))),
          ...parts,
        ],
        line(plain('… more than fits here')),
      ),
      ...choices([
        ...(at > 0 ? [{ action: replayActions.back, label: '◀ Back', value: value(at - 1) }] : []),
        ...(at < last
          ? [{ action: replayActions.next, label: `Next ▶  ${at + 2} of ${last + 1}`, value: value(at + 1) }]
          : []),
      ]),
    ],
  }
}

function stepOf({ steps }: AnswerOf<'show'>, at: number): Parts {
  const step = steps[at]
  const start = steps[0]?.at ?? 0
  return step ? [line(moment(step.at, '{date_short_pretty} {time_secs}')), ...stepParts(step, start)] : []
}

/** A table as wide as its cells, masked as it was recorded. */
function rowParts({ columns, rows, total }: AnswerOf<'rows'>, offset: number): Parts {
  const names = columns.map(({ name, masked }) => cell(masked ? `${name} ▒` : name))
  const cells = rows.map(row => row.map(cell))
  const widths = names.map((name, at) => Math.max(name.length, ...cells.map(row => row[at]?.length ?? 0)))
  const text = [names, ...cells].map(row =>
    row
      .map((value, at) => value.padEnd(widths[at] ?? 0))
      .join('  ')
      .trimEnd(),
  )
  const title = `rows ${count(offset + 1)} to ${count(offset + rows.length)} of ${count(total)}`
  return [line(bold(title), plain('   as the agent saw them; ▒ is masked')), preformatted(cut(text.join('\n'), 5_000))]
}

function cell(text: string): string {
  return shortLine(text, 32)
}
