import { shortLine } from '#src/show/visible-text.ts'
import type { BotPorts } from '../app.ts'
import { refusalSentences } from '../refusals.ts'
import { type KnownBy, type Reviewer, resolveAccount, type SlackActor } from '../reviewer.ts'
import { bold, line, moment, plain, richText } from '../rich-text.ts'
import { escapeMrkdwn } from '../slack-limits.ts'
import type { Answer } from './answer.ts'

export const linkActions = { open: 'link_open' } as const

/** What says whose account it is, for its person. */
export const knownByWords: Readonly<Record<KnownBy, string>> = {
  configuration: 'your Slack account stands in the configuration',
  link: 'you linked your Slack account; `/qw unlink` ends it',
  'e-mail': 'known by the e-mail address of your Slack account',
}

/** `/qw link`: where the person behind this account signs in to show that it is theirs. Only this account sees the way there. */
export async function link(ports: BotPorts, { user }: SlackActor, reviewer: Reviewer): Promise<Answer> {
  if ('refusal' in reviewer && reviewer.refusal !== 'unknown_person')
    return { text: refusalSentences[reviewer.refusal] }
  if ('person' in reviewer && reviewer.knownBy !== 'e-mail') {
    return {
      text: `You are ${escapeMrkdwn(shortLine(reviewer.person.name, 80))} here: ${knownByWords[reviewer.knownBy]}.`,
    }
  }
  const account = await ports.directory.account(user)
  const { name: workspace } = await ports.directory.workspace()
  if (ports.consoleUrl === undefined) return { text: noConsole(account.team, user) }
  const { url, expiresAt } = await ports.gateway.askAsBot('invite', {
    ...{ account: { team: account.team, user }, name: account.name, workspace },
    ...(account.email ? { email: account.email } : {}),
  })
  return {
    text: 'Link your Slack account',
    blocks: [
      richText(
        line(
          bold('Link your Slack account'),
          plain('\nSign in, and say there that this account is yours. Good once, for you alone, until '),
          moment(expiresAt),
          plain('.'),
        ),
      ),
      {
        type: 'actions',
        elements: [
          {
            ...{ type: 'button', action_id: linkActions.open, url, style: 'primary' },
            text: { type: 'plain_text', text: 'Sign in and link…', emoji: false },
          },
        ],
      },
    ],
  }
}

/** `/qw unlink`: from the next click on this account is nobody's, unless its address says whose it is. */
export async function unlink(ports: BotPorts, { user }: SlackActor, reviewer: Reviewer): Promise<Answer> {
  if ('refusal' in reviewer) return { text: refusalSentences[reviewer.refusal] }
  if (reviewer.knownBy !== 'link') {
    return { text: `There is no link to end: ${knownByWords[reviewer.knownBy]}.` }
  }
  const { team } = await ports.directory.account(user)
  const { ended } = await ports.gateway.askAsBot('unlink', { account: { team, user } })
  if (!ended) return { text: 'There is no link to end.' }
  const left = await resolveAccount(ports, { user })
  if ('refusal' in left) {
    const known = left.refusal === 'unknown_person' ? ': what this account clicks counts for nobody' : ''
    return { text: `Unlinked${known}.` }
  }
  const name = escapeMrkdwn(shortLine(left.person.name, 80))
  return {
    text: `Unlinked, but what this account clicks still counts as that of ${name}: ${knownByWords[left.knownBy]}. Only whoever runs Querywarden, or that address in Slack, can change this.`,
  }
}

function noConsole(team: string, user: string): string {
  return `This installation has no console to sign in at. Whoever runs Querywarden can write your account into the configuration: \`slack: { team: ${team}, user: ${user} }\`.`
}
