import type { types } from '@slack/bolt'
import type { AnswerOf } from '#src/oncall/internal-api.ts'
import type { ReleaseToTell, ReleaseWords, SessionLine } from '#src/oncall/internal-shapes.ts'
import type { Person } from '#src/principal.ts'
import { cut } from '#src/show/cut.ts'
import { subjectOf } from '#src/show/session-words.ts'
import { shortLine, visibleLine } from '#src/show/visible-text.ts'
import { button } from './button.ts'
import type { Card } from './card.ts'
import { fallbackText, headerBlock } from './message-head.ts'
import type { Words } from './note-message.ts'
import { bold, type Inline, line, moment, plain, quote, type RichLine, richText } from './rich-text.ts'

export const reviewActions = { close: 'review_close' } as const

/** The first words of an alert that is closed. */
export const reviewedWords = 'Released alone, reviewed'

/** Whom a release is called out to: a user group, a user, or all who are `here` or in the `channel`. */
export type Mention = string

/** That somebody released a statement alone, for everybody to see. Pure. */
export function releaseAlert(
  { session, release, summary, needed }: ReleaseToTell,
  { people, mention }: { readonly people: readonly Person[]; readonly mention: Mention },
): Card {
  const header = `Released alone · ${subjectOf(session)}`
  return {
    text: fallback(header, session),
    blocks: [
      headerBlock(header),
      richText(
        line(
          mentioned(mention),
          plain(' '),
          nameOf(people, release.by),
          plain(' broke the glass, '),
          moment(release.at),
          plain(', and released a statement of '),
          bold(shortLine(session.agent, 80)),
          plain(' alone:\nit '),
          bold(shortLine(summary, 300)),
        ),
        quote(shortLine(release.reason, 500)),
        line(
          plain(`Approved, it would have been by ${shortLine(needed, 300)}. One of them, and not who released it, `),
          plain('has to review this now; until then it is said again every day.'),
        ),
      ),
      smallPrint(session),
      { type: 'actions', elements: [button(reviewActions.close, 'Close the review…', session.id)] },
    ],
  }
}

/** The same once somebody has reviewed it. */
export function reviewedAlert(
  session: SessionLine,
  { by, reason, at, reviewed }: ReleaseWords,
  people: readonly Person[],
): Card {
  const header = `${reviewedWords} · ${subjectOf(session)}`
  const said = (done: string, who: string, at: number, words: string) =>
    line(bold(done), nameOf(people, who), plain(' · '), moment(at), plain(` · “${shortLine(words, 500)}”`))
  return {
    text: fallback(header, session),
    blocks: [
      headerBlock(header),
      richText(
        said('Released alone by ', by, at, reason),
        ...(reviewed ? [said('Reviewed by ', reviewed.by, reviewed.at, reviewed.comment)] : []),
      ),
      smallPrint(session),
    ],
  }
}

/** Said daily in the thread of the alert. */
export function reviewReminder({ session, release, needed }: ReleaseToTell, mention: Mention): Words {
  return [
    mentioned(mention),
    ' nobody has reviewed this since ',
    moment(release.at),
    '. It is for ',
    plain(shortLine(needed, 300)),
    `, not for who released it: /qw reviews, or the button above. ${session.id}`,
  ]
}

/** One line of what is open: `7F3K-9Q2M-X4TB  release-bot  DELETE · shop.orders  released by oncall-1, today 15:12: “…”`. */
export function openReviewLine({ session, release }: AnswerOf<'reviews'>['reviews'][number]): RichLine {
  return line(
    plain(`${session.id}  ${shortLine(session.agent, 60)}  `),
    bold(cut(subjectOf(session), 100)),
    plain(`  released alone by ${shortLine(release.by, 80)}, `),
    moment(release.at),
    plain(`: “${shortLine(release.reason, 200)}”`),
  )
}

function smallPrint({ id, connection }: SessionLine): types.ContextBlock {
  const text = `${id} · ${shortLine(connection, 80)} · /qw show ${id}`
  return { type: 'context', elements: [{ type: 'plain_text', text, emoji: false }] }
}

function fallback(header: string, { agent, id }: SessionLine): string {
  return fallbackText(`${header} · ${visibleLine(agent)} · ${id}`)
}

function nameOf(people: readonly Person[], id: string): Inline {
  const person = people.find(person => person.id === id)
  if (person?.slack) return { type: 'user', user_id: person.slack.user }
  return bold(shortLine(person?.name ?? id, 80))
}

function mentioned(mention: Mention): Inline {
  if (mention === 'here' || mention === 'channel') return { type: 'broadcast', range: mention }
  return mention.startsWith('S') ? { type: 'usergroup', usergroup_id: mention } : { type: 'user', user_id: mention }
}
