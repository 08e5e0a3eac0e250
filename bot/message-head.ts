import type { types } from '@slack/bolt'
import { cut } from '#src/show/cut.ts'
import { shortLine } from '#src/show/visible-text.ts'
import type { Card } from './card.ts'
import { line, plain, richText } from './rich-text.ts'
import { escapeMrkdwn, slackLimits } from './slack-limits.ts'

export function headerBlock(text: string): types.HeaderBlock {
  return { type: 'header', text: { type: 'plain_text', text: cut(text, slackLimits.header), emoji: false } }
}

/** All that a message of ours says where people of other organizations read along: what became of which session. */
export function bareCard(word: string, session: string): Card {
  const id = shortLine(session, 40)
  return { text: fallbackText(`${word} · ${id}`), blocks: [headerBlock(word), richText(line(plain(id)))] }
}

/** What a notification and a screen reader say of a message. `words` with nothing invisible in them. */
export function fallbackText(words: string): string {
  return cut(escapeMrkdwn(cut(words, 380)), slackLimits.fallback)
}
