import type { types } from '@slack/bolt'
import { cut } from '#src/show/cut.ts'
import { escapeMrkdwn, slackLimits } from './slack-limits.ts'

export function headerBlock(text: string): types.HeaderBlock {
  return { type: 'header', text: { type: 'plain_text', text: cut(text, slackLimits.header), emoji: false } }
}

/** What a notification and a screen reader say of a message. `words` with nothing invisible in them. */
export function fallbackText(words: string): string {
  return cut(escapeMrkdwn(cut(words, 380)), slackLimits.fallback)
}
