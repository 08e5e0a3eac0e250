import type { SessionLine } from '#src/oncall/internal-shapes.ts'
import { cut } from '#src/show/cut.ts'
import { ending, subjectOf } from '#src/show/session-words.ts'
import { stateMarks } from '#src/show/state-marks.ts'
import { shortLine } from '#src/show/visible-text.ts'
import { bold, line, moment, plain, type RichLine } from '../rich-text.ts'

/** One session on one line: `✔ 7F3K-9Q2M-X4TB  today 15:12  release-bot  DELETE · shop.orders  4,210 rows`. */
export function sessionLine(session: SessionLine): RichLine {
  return line(
    plain(`${stateMarks[session.state]}  ${session.id}  `),
    moment(session.receivedAt),
    plain(`  ${shortLine(session.agent, 40)}  `),
    bold(cut(subjectOf(session), 100)),
    plain(`  ${ending(session)}`),
  )
}

/** The same as a heading: `✔ DELETE · shop.orders · 4,210 rows`. */
export function sessionTitle(session: SessionLine): string {
  return `${stateMarks[session.state]} ${subjectOf(session)} · ${ending(session)}`
}
