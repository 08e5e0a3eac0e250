import type { OpenReviewLine } from '#src/oncall/internal-shapes.ts'
import { openReviewLine, reviewActions } from '../release-alert.ts'
import { bold, line, plain } from '../rich-text.ts'
import { type Answer, type Asked, choices, fitting } from './answer.ts'

const buttonsAtMost = 20

/** `/qw reviews`: what was released alone and waits to be reviewed, newest first. */
export async function reviews({ ports, person }: Asked): Promise<Answer> {
  const { reviews, more } = await ports.gateway.ask('reviews', person, {})
  if (reviews.length === 0) return { text: 'Nothing was released alone that is not reviewed.' }
  const title = `${more ? `${reviews.length} or more` : reviews.length} to review`
  const mine = reviews.filter(({ mayClose }) => mayClose)
  const rest = line(plain('… and more'))
  return {
    text: title,
    blocks: [
      fitting(
        [line(bold(title), plain('   newest first')), ...reviews.map(openReviewLine), ...(more ? [rest] : [])],
        rest,
      ),
      ...choices(mine.slice(0, buttonsAtMost).map(closing)),
    ],
  }
}

/** `at`: which of several in one message, as Slack wants each button to have an id of its own. */
export function closing({ session: { id } }: Pick<OpenReviewLine, 'session'>, at = 0) {
  return { action: `${reviewActions.close}:${at}`, label: `Close ${id}…`, value: id }
}
