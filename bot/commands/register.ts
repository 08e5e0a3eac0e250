import type { App } from '@slack/bolt'
import { asGatewayError } from '#src/errors.ts'
import type { SessionId } from '#src/statement.ts'
import type { BotPorts } from '../app.ts'
import { onClick, tell } from '../click.ts'
import { errorCode } from '../logger.ts'
import { onButton } from '../on-button.ts'
import { refusalSentences } from '../refusals.ts'
import { type Reviewer, resolveReviewer, type SlackActor } from '../reviewer.ts'
import { asTyped, escapeMrkdwn } from '../slack-limits.ts'
import type { Answer, Asked } from './answer.ts'
import { find, findActions, findAsFile, findMore, parseQuery } from './find.ts'
import { grantActions, grants, revokeGrant } from './grants.ts'
import { help } from './help.ts'
import { askToKill, killActions, killNow, parseKilling } from './kill.ts'
import { link, linkActions, unlink } from './link.ts'
import { pause, resume } from './pause.ts'
import { pending } from './pending.ts'
import { parsePlace, replay, replayActions } from './replay.ts'
import { reviews } from './reviews.ts'
import { sessionIn, sessionNamed } from './session-in.ts'
import { show, showActions, showShortcut } from './show.ts'
import { why } from './why.ts'

type Verb = (asked: Asked, words: string) => Promise<Answer>

/** Of the account itself, be there a person behind it or not. */
const accountVerbs: Readonly<Record<string, (...of: [BotPorts, SlackActor, Reviewer]) => Promise<Answer>>> = {
  link,
  unlink,
}

const verbs: Readonly<Record<string, Verb>> = {
  find,
  show: withId(show),
  replay: withId((asked, id) => replay(asked, { id, at: 0 })),
  why: withId(why),
  pending,
  reviews,
  kill: askToKill,
  pause,
  resume,
  grants,
  help: async () => help(),
}

/** `/qw` and the buttons of its answers. All answers are for the one who asked. */
export function registerCommands(app: App, ports: BotPorts): void {
  app.command('/qw', async ({ ack, command, respond }) => {
    await ack()
    const actor = { user: command.user_id, team: command.team_id, channel: command.channel_id }
    await onClick(ports, { actor, nonce: ['command', command.trigger_id] }, async () => {
      const answer = await answerTo(ports, actor, command.text).catch(error => inWords(ports, error))
      await give(ports, actor, answer, () => respond({ response_type: 'ephemeral', ...answer }))
    })
  })
  app.shortcut(showShortcut, async ({ ack, shortcut, respond }) => {
    await ack()
    if (shortcut.type !== 'message_action') return
    const { user, team, channel, message, trigger_id: trigger } = shortcut
    const actor = { user: user.id, channel: channel.id, ...(team ? { team: team.id } : {}) }
    await onClick(ports, { actor, nonce: ['shortcut', trigger] }, async () => {
      const answer = await answerTo(ports, actor, `show ${sessionIn(message)}`).catch(error => inWords(ports, error))
      await give(ports, actor, answer, () =>
        respond({ response_type: 'ephemeral', replace_original: false, ...answer }),
      )
    })
  })
  app.action(linkActions.open, ({ ack }) => ack())
  const on = (id: string, effect: (asked: Asked, value: string) => Promise<Answer>) => {
    onButton(app, ports, id, async ({ actor, person, action, value, respond }) => {
      const answer = await effect({ ports, actor, person }, value).catch(error => inWords(ports, error))
      // In the place of the answer that the button belongs to.
      const replaces = { replace_original: action !== findActions.csv, response_type: 'ephemeral' } as const
      await give(ports, actor, answer, () => respond({ ...replaces, ...answer }))
    })
  }
  on(killActions.kill, withValue(parseKilling, killNow))
  on(findActions.older, withValue(parseQuery, findMore))
  on(findActions.denied, withValue(parseQuery, findMore))
  on(findActions.csv, withValue(parseQuery, findAsFile))
  on(replayActions.back, withValue(parsePlace, replay))
  on(replayActions.next, withValue(parsePlace, replay))
  on(
    showActions.replay,
    withId((asked, id) => replay(asked, { id, at: 0 })),
  )
  on(showActions.why, withId(why))
  on(grantActions.revoke, withId(revokeGrant))
}

async function answerTo(ports: BotPorts, actor: SlackActor, text: string): Promise<Answer> {
  const reviewer = await resolveReviewer(ports, actor)
  const [, word = '', rest = ''] = /^\s*(\S*)\s*([\s\S]*)$/.exec(asTyped(text)) ?? []
  const name = word.toLowerCase()
  const accountVerb = Object.hasOwn(accountVerbs, name) ? accountVerbs[name] : undefined
  if (accountVerb) return accountVerb(ports, actor, reviewer)
  if ('refusal' in reviewer) return { text: refusalSentences[reviewer.refusal] }
  const verb = Object.hasOwn(verbs, name) ? verbs[name] : undefined
  if (!verb) return help(name === '' ? undefined : 'I do not know that command.')
  return verb({ ports, actor, person: reviewer.person }, rest.trim())
}

/** What was asked for is done by now: where Slack does not take the answer, its words are told without the rest. */
async function give(
  ports: BotPorts,
  actor: SlackActor,
  { text }: Answer,
  respond: () => Promise<unknown>,
): Promise<void> {
  try {
    await respond()
  } catch (error) {
    ports.log.warn({ code: errorCode(error) }, 'an answer was not taken')
    await tell(ports, actor, text)
  }
}

function withId(effect: (asked: Asked, id: SessionId) => Promise<Answer>): Verb {
  return async (asked, words) => {
    const id = sessionNamed(words)
    return id
      ? effect(asked, id)
      : { text: 'Name a session by its id, such as `7F3K-9Q2M-X4TB`. `/qw find` shows them.' }
  }
}

function withValue<T>(
  parse: (value: string) => T | undefined,
  effect: (asked: Asked, value: T) => Promise<Answer>,
): Verb {
  return async (asked, text) => {
    const value = parse(text)
    return value ? effect(asked, value) : { text: refusalSentences.failed }
  }
}

/** What went wrong, for the person who asked. The gateway's sentences quote nobody else's. */
function inWords(ports: BotPorts, error: unknown): Answer {
  const { code, message } = asGatewayError(error)
  ports.log.warn({ code: code === 'internal' ? errorCode(error) : code }, 'a command came to nothing')
  if (code === 'unknown_session') return { text: 'There is no such session, or none that you may see.' }
  return { text: code === 'internal' ? refusalSentences.failed : escapeMrkdwn(message) }
}
