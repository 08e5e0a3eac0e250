/**
 * Slack's limits, in characters unless said otherwise. A message or view beyond one of them is refused whole.
 * https://docs.slack.dev/reference/block-kit/blocks · https://docs.slack.dev/surfaces/modals
 */
export const slackLimits = {
  header: 150,
  sectionText: 3_000,
  buttonText: 75,
  buttonValue: 2_000,
  confirmText: 300,
  privateMetadata: 3_000,
  messageBlocks: 50,
  modalBlocks: 100,
  /** Bytes of JSON of one view. */
  modalBytes: 250_000,
  /** Beyond about 12,000 characters over all blocks Slack answers `msg_blocks_too_long`; we stay well below. */
  messageCharacters: 8_000,
  /** Fallback text: notification and screen reader. More than 4,000 could never be edited again. */
  fallback: 500,
} as const

/** What somebody typed into a command, of what Slack makes of it: mentions stay as they are, for who asks for somebody. */
export function asTyped(text: string): string {
  return text
    .replaceAll(
      /<((?:https?:\/\/|mailto:)[^|>]*)(?:\|([^>]*))?>/g,
      (_link, url: string, label?: string) => label ?? url,
    )
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&')
}

/** For text that Slack parses as mrkdwn. Everything from agents goes into rich_text instead, where nothing is parsed. */
export function escapeMrkdwn(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}

/** Words of others where Slack parses them: no link, style or emoji comes alive in code. */
export function asCode(text: string): string {
  return `\`${escapeMrkdwn(text).replaceAll('`', '’')}\``
}
