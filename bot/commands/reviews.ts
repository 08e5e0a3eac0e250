import type { OpenReviewLine } from '#src/oncall/internal-api.ts'
import { openReviewLine, reviewActions } from '../release-alert.ts'
import { bold, line, plain } from '../rich-text.ts'
import { type Answer, type Asked, choices, fitting } from './answer.ts'

/** `/qw reviews`: what was released alone and waits to be reviewed, newest first. */
export async function reviews({ ports, person }: Asked): Promise<Answer> {
  const { reviews, more } = await ports.gateway.ask('reviews', person, {})
  if (reviews.length === 0) return { text: 'Nothing was released alone that is not reviewed.' }
  const title = `${more ? `${reviews.length} or more` : reviews.length} to review`
  const rest = line(plain('… and more'))
  return {
    text: title,
    blocks: [
      fitting(
        [line(bold(title), plain('   newest first')), ...reviews.map(openReviewLine), ...(more ? [rest] : [])],
        rest,
      ),
      ...choices(reviews.filter(({ mayClose }) => mayClose).map(closing)),
    ],
  }
}

export function closing({ session: { id } }: Pick<OpenReviewLine, 'session'>) {
  return { action: `${reviewActions.close}:${id}`, label: `Close ${id}…`, value: id }
}
