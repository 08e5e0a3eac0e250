import { chatMethods } from './chat-methods.ts'
import { conversationMethods } from './conversation-methods.ts'
import { directoryMethods } from './directory-methods.ts'
import { fileMethods } from './file-methods.ts'
import type { SlackState } from './state.ts'
import { viewMethods } from './view-methods.ts'
import { asText, type Fields, SlackFailure } from './wire.ts'

/** What a Web API method works on. */
export interface MethodContext {
  state: SlackState
  /** Host and port the stand-in listens on. */
  host: string
  openSocketUrl: () => string
}

export interface Method {
  /** Which token may call it; a bot token unless said. */
  token?: 'bot' | 'app'
  /** The OAuth scope it asks for, one of them when several. */
  scopes?: string[]
  run: (args: Fields, context: MethodContext) => Fields
}

const METHODS = new Map<string, Method>(
  Object.entries({
    ...chatMethods,
    ...conversationMethods,
    ...directoryMethods,
    ...fileMethods,
    ...viewMethods,
    'apps.connections.open': {
      token: 'app',
      run: (_args: Fields, context: MethodContext) => ({ url: context.openSocketUrl() }),
    } satisfies Method,
  }),
)

/** Every known method of the Web API, checked and run as Slack does: method, token, scope, then the call itself. */
export function callMethod(name: string, token: string, args: Fields, context: MethodContext): Fields {
  try {
    const method = METHODS.get(name)
    if (!method) throw new SlackFailure('unknown_method', { req_method: name })
    authorize(method, token || asText(args.token), context.state)
    return { ok: true, ...method.run(args, context) }
  } catch (error) {
    if (error instanceof SlackFailure) return { ok: false, error: error.code, ...error.extra }
    throw error
  }
}

function authorize(method: Method, token: string, state: SlackState): void {
  const { botToken, appToken, scopes } = state.workspace
  if (token === '') throw new SlackFailure('not_authed')
  if (token !== botToken && token !== appToken) throw new SlackFailure('invalid_auth')
  const expected = method.token === 'app' ? appToken : botToken
  if (token !== expected) throw new SlackFailure('not_allowed_token_type')
  const needed = method.scopes ?? []
  if (needed.length > 0 && !needed.some(scope => scopes.includes(scope))) {
    throw new SlackFailure('missing_scope', { needed: needed.join(','), provided: scopes.join(',') })
  }
}
