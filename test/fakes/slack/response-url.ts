import { messageBlocks, replaceContent } from './chat-methods.ts'
import type { SlackState } from './state.ts'
import { asText, type Fields, isTrue, SlackFailure } from './wire.ts'

/** What an app may post to a response_url: five times in thirty minutes, blocks checked like everywhere. */
export function respond(state: SlackState, id: string, body: Fields): { status: number; answer: string } {
  try {
    const target = state.useResponseUrl(id)
    if (isTrue(body.delete_original)) {
      const original = target.messageTs ? state.message(target.channel, target.messageTs) : undefined
      if (original) state.messages.splice(state.messages.indexOf(original), 1)
      state.changed()
      return { status: 200, answer: 'ok' }
    }
    const blocks = messageBlocks(state, body)
    const text = asText(body.text)
    if (text === '' && blocks.length === 0) throw new SlackFailure('no_text')
    const original = target.messageTs ? state.message(target.channel, target.messageTs) : undefined
    if (original && isTrue(body.replace_original)) {
      replaceContent(state, original, text, blocks)
    } else {
      showAnswer(state, target, text, blocks, body)
    }
    return { status: 200, answer: 'ok' }
  } catch (error) {
    if (!(error instanceof SlackFailure)) throw error
    const gone = ['invalid_url', 'expired_url', 'used_url'].includes(error.code)
    return { status: gone ? 404 : 400, answer: JSON.stringify({ ok: false, error: error.code, ...error.extra }) }
  }
}

/** Shows an app's answer to a command or a click: to that user alone, or to the whole channel when it says so. */
export function showAnswer(
  state: SlackState,
  target: { user: string; channel: string },
  text: string,
  blocks: Fields[],
  body: Fields,
): void {
  const threadTs = asText(body.thread_ts)
  state.add({
    channel: target.channel,
    user: state.workspace.app.botUserId,
    text,
    blocks,
    ...(body.response_type === 'in_channel' ? {} : { ephemeralTo: target.user }),
    ...(threadTs ? { threadTs } : {}),
  })
}
