import type { webApi } from '@slack/bolt'
import type { Card } from './card.ts'
import { type Inline, line, plain, richText } from './rich-text.ts'
import { asCode, escapeMrkdwn } from './slack-limits.ts'

const noteEvent = 'querywarden_note'

/** What a note says: our own words as they are; the words of anybody else, and whom it calls, as elements. */
export type Words = readonly (string | Inline)[]

type NotePlace = Readonly<{ channel: string; thread_ts?: string }>

/** Somebody by their account, as the first words. */
export function called(user: string): Words {
  return [{ type: 'user', user_id: user }, ' ']
}

/** Says it in a message of the bot's; `key` names it there. */
export async function postNote(client: webApi.WebClient, place: NotePlace, key: string, words: Words): Promise<void> {
  const metadata = { event_type: noteEvent, event_payload: { key } }
  const quiet = { unfurl_links: false, unfurl_media: false }
  await client.chat.postMessage({ ...place, ...noteMessage(words), metadata, ...quiet })
}

/** Whether a message, as Slack lists it, carries the note's key. Who wrote it is for the caller to look at. */
export function isNote(message: unknown, key: string): boolean {
  const { metadata } = message as { metadata?: { event_type?: string; event_payload?: { key?: unknown } } }
  return metadata?.event_type === noteEvent && metadata.event_payload?.key === key
}

/** As a message. Slack parses the fallback: what others say is code there, in which no link, style or emoji comes alive. */
export function noteMessage(words: Words): Card {
  const elements = words.map(word => (typeof word === 'string' ? plain(word) : word))
  return {
    text: words.map(word => (typeof word === 'string' ? escapeMrkdwn(word) : mrkdwnOf(word))).join(''),
    blocks: [richText(line(...elements))],
  }
}

function mrkdwnOf(element: Inline): string {
  switch (element.type) {
    case 'text':
      return asCode(element.text)
    case 'user':
      return `<@${element.user_id}>`
    case 'usergroup':
      return `<!subteam^${element.usergroup_id}>`
    case 'broadcast':
      return `<!${element.range}>`
    case 'channel':
      return `<#${element.channel_id}>`
    case 'link':
      return escapeMrkdwn(element.url)
    case 'date':
      return `<!date^${element.timestamp}^${element.format}|${element.fallback}>`
    default:
      return ''
  }
}
