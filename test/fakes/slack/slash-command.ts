import { messageBlocks } from './chat-methods.ts'
import type { Delivery } from './delivery.ts'
import type { Deliver } from './interactions.ts'
import { showAnswer } from './response-url.ts'
import type { SlackState } from './state.ts'
import { asFields, asText, type Fields, SlackFailure } from './wire.ts'

/** Slack escapes what is typed; with should_escape it turns the names people pick into ids, and an unknown one stays as typed. */
function escapeNames(text: string, state: SlackState): string {
  const { users, channels, userGroups } = state.workspace
  return text
    .replace(/(?<![\w<])@([\w.-]*\w)/g, (typed, name) => {
      const user = users.find(candidate => candidate.name === name)
      const group = userGroups.find(candidate => candidate.handle === name)
      if (user) return `<@${user.id}|${user.name}>`
      return group ? `<!subteam^${group.id}|@${group.handle}>` : typed
    })
    .replace(/(?<![\w<])#([\w-]*\w)/g, (typed, name) => {
      const channel = channels.find(candidate => candidate.name === name && !candidate.imWith)
      return channel ? `<#${channel.id}|${channel.name}>` : typed
    })
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}

/** Types "/command text" in a channel, delivers it and shows what the acknowledgement carries. */
export async function slashCommand(
  typed: { user: string; channel: string; text: string },
  state: SlackState,
  deliver: Deliver,
  baseUrl: string,
): Promise<Delivery> {
  const { workspace } = state
  const [name = '', ...rest] = typed.text.trim().split(' ')
  const known = workspace.commands.find(command => command.command === name)
  const channel = state.channel(typed.channel)
  if (!channel) throw new SlackFailure('channel_not_found')
  if (!known) {
    state.notice(typed.user, channel.id, `${name} is not a valid command.`)
    throw new SlackFailure('unknown_command')
  }
  const user = state.user(typed.user)
  const text = escaped(rest.join(' ').trim())
  const target = { user: user.id, channel: channel.id }
  const delivery = await deliver('slash_commands', name, {
    token: workspace.verificationToken,
    team_id: user.teamId ?? workspace.team.id,
    team_domain: workspace.team.domain,
    channel_id: channel.id,
    channel_name: channel.imWith ? 'directmessage' : channel.name,
    user_id: user.id,
    user_name: user.name,
    command: name,
    text: known.shouldEscape ? escapeNames(text, state) : text,
    api_app_id: workspace.app.id,
    is_enterprise_install: 'false',
    response_url: `${baseUrl}/response/${state.newResponseUrl(user.id, channel.id)}`,
    trigger_id: state.newTrigger(user.id),
  })
  showAcknowledgement(state, target, name, delivery)
  return delivery
}

function showAcknowledgement(
  state: SlackState,
  target: { user: string; channel: string },
  name: string,
  sent: Delivery,
) {
  if (!sent.acked) {
    const reason = sent.failure === 'timeout' ? 'operation_timeout' : 'dispatch_failed'
    state.notice(target.user, target.channel, `${name} failed with the error "${reason}"`)
    return
  }
  const answer: Fields = typeof sent.answer === 'string' ? { text: sent.answer } : asFields(sent.answer)
  try {
    const blocks = messageBlocks(state, answer)
    const text = asText(answer.text)
    if (text !== '' || blocks.length > 0) showAnswer(state, target, text, blocks, answer)
  } catch (error) {
    if (!(error instanceof SlackFailure)) throw error
    state.notice(target.user, target.channel, `${name} failed with the error "${error.code}"`)
  }
}
