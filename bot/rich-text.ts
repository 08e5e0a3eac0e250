import type { types } from '@slack/bolt'
import { utcMinute } from '#src/show/utc-minute.ts'

/** Text that Slack does not parse: no mentions, links, emoji or back-ticks come alive in it. */
export type Inline = types.RichTextElement
export type RichLine = types.RichTextSection
export type Preformatted = types.RichTextPreformatted
export type Quote = types.RichTextQuote

export function plain(text: string): Inline {
  return { type: 'text', text: someText(text) }
}

export function bold(text: string): Inline {
  return { type: 'text', text: someText(text), style: { bold: true } }
}

export function italic(text: string): Inline {
  return { type: 'text', text: someText(text), style: { italic: true } }
}

/** Slack refuses a message for one empty text in it. */
function someText(text: string): string {
  return text === '' ? ' ' : text
}

/** A moment in each reader's own time zone. `at` in milliseconds since the epoch. */
export function moment(at: number, format = '{date_short_pretty} {time}'): Inline {
  return { type: 'date', timestamp: Math.floor(at / 1000), format, fallback: utcMinute(at) }
}

/** The same for mrkdwn; all of it is ours, nothing of it an agent's. */
export function momentMrkdwn(at: number): string {
  return `<!date^${Math.floor(at / 1000)}^{date_short_pretty} {time}|${utcMinute(at)}>`
}

export function line(...elements: readonly Inline[]): RichLine {
  return { type: 'rich_text_section', elements: [...elements] }
}

const rightToLeft = '[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]'
const turnsWhatFollows = new RegExp(`${rightToLeft}[^\\p{L}\\n]*?(?:(['"\`])(?!\\1)|\\$\\$|\\*/)(?=[^\\p{L}\\n])`, 'gu')
const turnedLine = new RegExp(`^(?=[^\\p{L}\\n]*${rightToLeft})`, 'gmu')

/**
 * SQL in the order in which it runs: behind letters that are written from right to left, browsers turn numbers and signs around
 * (UAX #9), and 100 - 5 reads as 5 - 100. An unseen mark ends each text, name or comment in such letters.
 */
export function inOrder(text: string): string {
  return text.replace(turnsWhatFollows, '$&\u200e').replace(turnedLine, '\u200e')
}

/** One section of several lines: `Writes  SHOP.ORDERS`. */
export function labelled(rows: readonly (readonly [label: string, value: string])[]): RichLine {
  return line(
    ...rows.flatMap(([label, value], index) => [bold(`${index === 0 ? '' : '\n'}${label}  `), plain(inOrder(value))]),
  )
}

export function preformatted(text: string): Preformatted {
  return { type: 'rich_text_preformatted', elements: [{ type: 'text', text: someText(inOrder(text)) }] }
}

export function quote(text: string): Quote {
  return { type: 'rich_text_quote', elements: [plain(text)] }
}

export function richText(...elements: readonly (RichLine | Preformatted | Quote)[]): types.RichTextBlock {
  return { type: 'rich_text', elements: [...elements] }
}
