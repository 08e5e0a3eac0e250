import type { App, types } from '@slack/bolt'
import type { Hold } from '#src/hold/hold.ts'
import { isIntact } from '#src/hold/intact.ts'
import { cut } from '#src/show/cut.ts'
import { subject } from '#src/show/facts.ts'
import { visibleLine } from '#src/show/visible-text.ts'
import type { BotPorts } from './app.ts'
import { errorCode } from './logger.ts'
import { refusalSentences } from './refusals.ts'
import { resolveReviewer } from './reviewer.ts'
import { bold, line, moment, plain, richText } from './rich-text.ts'

const shownAtMost = 15

const help = ['`/qw pending`  what waits for people now, oldest first', '`/qw help`  this list'].join('\n')

/** `/qw`. All answers are for the one who asked. */
export function registerCommand(app: App, ports: BotPorts): void {
  app.command('/qw', async ({ ack, command, respond }) => {
    await ack()
    const answer = await answerTo(ports, command).catch((error: unknown) => {
      ports.log.error({ code: errorCode(error) }, 'a command failed')
      return { text: refusalSentences.failed }
    })
    await respond({ response_type: 'ephemeral', ...answer })
  })
}

interface Answer {
  readonly text: string
  readonly blocks?: types.KnownBlock[]
}

async function answerTo(
  ports: BotPorts,
  command: { text: string; user_id: string; team_id: string; channel_id: string },
): Promise<Answer> {
  const actor = { user: command.user_id, team: command.team_id, channel: command.channel_id }
  const reviewer = await resolveReviewer(ports, actor)
  if ('refusal' in reviewer) return { text: refusalSentences[reviewer.refusal] }
  return command.text.trim().toLowerCase() === 'pending' ? pending(ports) : { text: help }
}

async function pending({ holds }: BotPorts): Promise<Answer> {
  const waiting = await holds.list(['pending'], shownAtMost + 1)
  if (waiting.length === 0) return { text: 'Nothing waits for people.' }
  const more = waiting.length > shownAtMost ? [line(plain('… and more'))] : []
  const title = line(bold('Waiting for people'), plain(', oldest first'))
  return {
    text: `${waiting.length > shownAtMost ? `More than ${shownAtMost}` : waiting.length} waiting`,
    blocks: [richText(title, ...waiting.slice(0, shownAtMost).map(pendingLine), ...more)],
  }
}

function pendingLine(hold: Hold) {
  if (!isIntact(hold)) return line(plain(`${hold.id}  changed record, not approvable`))
  const { terms, id } = hold
  const agent = cut(visibleLine(terms.statement.principal.name), 60)
  return line(
    plain(`${id}  ${agent}  `),
    bold(subject(terms.classification)),
    plain(`  for ${cut(visibleLine(terms.approvers.map(({ group }) => group).join(' and ')), 120)}, expires `),
    moment(terms.expiresAt),
  )
}
