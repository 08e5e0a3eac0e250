import { shownText } from '#test/bot/world.ts'
import type { Stand } from '#test/stand/stand.ts'

const operator = 'U0ONCALL2'

/** What an operator reads after a slash command. */
export async function says(stand: Stand, command: string): Promise<string> {
  const { text, blocks } = await answered(stand, command)
  return plain(`${text} ${shownText(blocks)}`)
}

/** What an operator who kills a session reads before it, and after it. */
export async function kill(stand: Stand, id: string, reason: string): Promise<{ asked: string; done: string }> {
  const { blocks, channel, ts, history } = await answered(stand, `/qw kill ${id} ${reason}`)
  const before = history.length
  await stand.slack.click(operator, channel, ts, 'kill_it')
  const done = await stand.slack.waitForEphemeral(operator, each => each.ts === ts && each.history.length > before)
  return { asked: plain(shownText(blocks)), done: plain(done.text) }
}

async function answered({ slack }: Stand, command: string) {
  const seen = new Set(slack.ephemerals(operator).map(({ ts }) => ts))
  await slack.command(operator, 'C0APPROVALS', command)
  return slack.waitForEphemeral(operator, ({ ts }) => !seen.has(ts))
}

const plain = (text: string) => text.replaceAll(/\s+/g, ' ')
