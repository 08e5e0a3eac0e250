import { randomBytes } from 'node:crypto'
import { messageBlocks, writableChannel } from './chat-methods.ts'
import { fileBody } from './message-body.ts'
import type { SlackFile, SlackState } from './state.ts'
import type { Method } from './web-api.ts'
import { asFields, asList, asText, type Fields, jsonArgument, SlackFailure } from './wire.ts'

const UPLOAD_URL_LIFE_MS = 10 * 60_000

function announce(args: Fields, state: SlackState, host: string): Fields {
  const name = asText(args.filename)
  const size = Number(args.length)
  if (name === '') throw new SlackFailure('invalid_arguments')
  if (!Number.isInteger(size) || size <= 0) throw new SlackFailure('file_upload_size_restricted')
  const snippetType = asText(args.snippet_type)
  const file: SlackFile = {
    id: state.newId('F'),
    name,
    title: name,
    mimetype: 'text/plain',
    size,
    content: Buffer.alloc(0),
    ...(snippetType ? { snippetType } : {}),
  }
  const secret = randomBytes(16).toString('hex')
  state.uploads.set(secret, { file, expires: state.now() + UPLOAD_URL_LIFE_MS, received: false })
  return { file_id: file.id, upload_url: `http://${host}/upload/v1/${secret}` }
}

/** Takes the posted content of an announced file: the raw bytes, or the first file of a multipart form. */
export async function receiveUpload(state: SlackState, secret: string, type: string, body: Buffer): Promise<number> {
  const upload = state.uploads.get(secret)
  if (!upload || upload.received || state.now() > upload.expires) return 404
  upload.file.content = type.startsWith('multipart/form-data') ? await firstFile(type, body) : body
  if (upload.file.content.length !== upload.file.size) return 400
  upload.received = true
  return 200
}

async function firstFile(type: string, body: Buffer): Promise<Buffer> {
  const form = await new Response(new Uint8Array(body), { headers: { 'content-type': type } }).formData()
  for (const value of form.values()) {
    return typeof value === 'string' ? Buffer.from(value) : Buffer.from(await value.arrayBuffer())
  }
  return Buffer.alloc(0)
}

function complete(args: Fields, state: SlackState): Fields {
  const wanted = asList(jsonArgument(args, 'files', 'invalid_arguments')).map(asFields)
  if (wanted.length === 0) throw new SlackFailure('invalid_arguments')
  const known = [...state.uploads.entries()]
  const files = wanted.map(({ id, title }) => {
    const entry = known.find(([, upload]) => upload.file.id === id && upload.received)
    if (!entry) throw new SlackFailure('file_not_found')
    const [secret, { file }] = entry
    return { secret, file, title: asText(title) || file.name }
  })
  const target = asText(args.channel_id) || asText(args.channels)
  const channel = target ? writableChannel(state, target) : undefined
  const threadTs = asText(args.thread_ts)
  if (channel && threadTs && !state.message(channel.id, threadTs)) throw new SlackFailure('invalid_thread_ts')
  for (const { secret, file, title } of files) {
    file.title = title
    state.files.set(file.id, file)
    state.uploads.delete(secret)
  }
  if (channel) {
    state.add({
      channel: channel.id,
      user: state.workspace.app.botUserId,
      text: asText(args.initial_comment),
      blocks: messageBlocks(state, args),
      files: files.map(({ file }) => file),
      ...(threadTs ? { threadTs } : {}),
    })
  }
  return { files: files.map(({ file }) => fileBody(file)) }
}

export const fileMethods: Record<string, Method> = {
  'files.getUploadURLExternal': {
    scopes: ['files:write'],
    run: (args, { state, host }) => announce(args, state, host),
  },
  'files.completeUploadExternal': { scopes: ['files:write'], run: (args, { state }) => complete(args, state) },
}
