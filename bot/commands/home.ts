import type { App, types } from '@slack/bolt'
import type { AnswerOf } from '#src/oncall/internal-api.ts'
import type { Person } from '#src/principal.ts'
import { shortLine } from '#src/show/visible-text.ts'
import type { BotPorts } from '../app.ts'
import { errorCode } from '../logger.ts'
import { refusalSentences } from '../refusals.ts'
import { openReviewLine } from '../release-alert.ts'
import { type KnownBy, resolveAccount } from '../reviewer.ts'
import { bold, line, plain, richText } from '../rich-text.ts'
import { fitting, type Part } from './answer.ts'
import { knownByWords } from './link.ts'
import { pauseLine } from './pause.ts'
import { pendingLine } from './pending.ts'
import { sessionLine } from './session-line.ts'

/** The Home tab: made anew whenever its person opens it. */
export function registerHome(app: App, ports: BotPorts): void {
  app.event('app_home_opened', async ({ event: { user, tab } }) => {
    if (tab !== 'home') return
    const blocks = await homeOf(ports, user).catch((error: unknown) => {
      ports.log.warn({ code: errorCode(error) }, 'a Home tab could not be made')
      return sentence('The gateway cannot be reached just now. Open this tab again in a moment.')
    })
    await ports.client.views.publish({ user_id: user, view: { type: 'home', blocks } })
  })
}

async function homeOf(ports: BotPorts, user: string): Promise<types.KnownBlock[]> {
  const reviewer = await resolveAccount(ports, { user })
  if ('refusal' in reviewer) return sentence(refusalSentences[reviewer.refusal])
  const { person, knownBy } = reviewer
  return homeView(person, knownBy, await ports.gateway.ask('home', person, {}))
}

/** All that one person's Home tab shows. Pure. */
export function homeView(
  person: Person,
  knownBy: KnownBy,
  { waiting, more, decided, pauses, reviews }: AnswerOf<'home'>,
): types.KnownBlock[] {
  const rest = line(plain('… more than fits here: /qw pending, /qw find'))
  const none = (text: string) => [line(plain(text))]
  const many = `${more ? 'more than ' : ''}${waiting.length}`
  const title = waiting.length > 0 ? `   ${many} waiting, oldest first` : ''
  const part = (parts: readonly Part[]) => fitting(parts, rest, 3_500)
  const groups = shortLine(person.groups.join(', ') || 'none', 200)
  return [
    part([
      line(bold('Waits for me'), plain(title === '' ? ' ' : title)),
      ...(waiting.length > 0 ? waiting.map(pendingLine) : none('Nothing waits for you.')),
      ...(more ? [rest] : []),
    ]),
    ...(reviews.length > 0
      ? [part([line(bold('To review by me'), plain('   /qw reviews closes them')), ...reviews.map(openReviewLine)])]
      : []),
    ...(pauses.length > 0 ? [part([line(bold('Paused agents')), ...pauses.map(pauseLine)])] : []),
    part([
      line(bold('Decided by me')),
      ...(decided.length > 0 ? decided.map(sessionLine) : none('You have decided nothing yet.')),
    ]),
    richText(
      line(bold('My link')),
      line(
        plain('You are '),
        bold(shortLine(person.name, 80)),
        plain(` (${shortLine(person.id, 80)}), groups: ${groups}\n${knownByWords[knownBy].replaceAll('`', '')}`),
      ),
    ),
  ]
}

function sentence(text: string): types.KnownBlock[] {
  return [richText(line(plain(text)))]
}
