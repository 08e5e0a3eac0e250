import type { AnswerOf } from '#src/oncall/internal-api.ts'
import type { WaitingHold } from '#src/oncall/internal-shapes.ts'
import { cut } from '#src/show/cut.ts'
import { subjectOf } from '#src/show/session-words.ts'
import { shortLine } from '#src/show/visible-text.ts'
import { bold, line, moment, plain, type RichLine } from '../rich-text.ts'
import { type Answer, type Asked, fitting } from './answer.ts'
import { pauseLine } from './pause.ts'

/** `/qw pending`: what waits for people, oldest first. */
export async function pending({ ports, person }: Asked): Promise<Answer> {
  return pendingView(await ports.gateway.ask('pending', person, {}))
}

function pendingView({ holds, more, pauses }: AnswerOf<'pending'>): Answer {
  if (holds.length + pauses.length === 0) return { text: 'Nothing waits for people.' }
  const title = `${more ? `More than ${holds.length}` : holds.length} waiting`
  const rest = line(plain('… and more'))
  const lines = [...pauses.map(pauseLine), ...holds.map(pendingLine)]
  return {
    text: title,
    blocks: [fitting([line(bold(title), plain('   oldest first')), ...lines, ...(more ? [rest] : [])], rest)],
  }
}

export function pendingLine(hold: WaitingHold): RichLine {
  return line(
    plain(`${hold.id}  ${shortLine(hold.agent, 60)}  `),
    bold(cut(subjectOf(hold), 100)),
    plain(`  for ${shortLine(hold.groups.join(' and '), 120)}, expires `),
    moment(hold.expiresAt),
  )
}
