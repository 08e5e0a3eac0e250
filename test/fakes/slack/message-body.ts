import type { SlackFile, SlackMessage } from './state.ts'
import type { Fields } from './wire.ts'
import type { Workspace } from './workspace.ts'

/** A message as the Web API and interaction payloads show it. */
export function messageBody(message: SlackMessage, workspace: Workspace): Fields {
  const { app, team } = workspace
  const fromBot = message.user === app.botUserId
  return {
    type: 'message',
    user: message.user,
    ts: message.ts,
    text: message.text,
    team: team.id,
    ...(fromBot ? { bot_id: app.botId, app_id: app.id } : {}),
    ...(message.blocks.length > 0 ? { blocks: message.blocks } : {}),
    ...(message.metadata ? { metadata: message.metadata } : {}),
    ...(message.threadTs ? { thread_ts: message.threadTs } : {}),
    ...(message.editedTs ? { edited: { user: message.user, ts: message.editedTs } } : {}),
    ...(message.files.length > 0 ? { files: message.files.map(fileBody) } : {}),
  }
}

export function fileBody(file: SlackFile): Fields {
  return {
    id: file.id,
    name: file.name,
    title: file.title,
    mimetype: file.mimetype,
    filetype: file.snippetType ?? file.name.split('.').at(-1) ?? 'text',
    size: file.size,
    mode: file.snippetType ? 'snippet' : 'hosted',
  }
}
