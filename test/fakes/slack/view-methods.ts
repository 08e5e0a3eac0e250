import { withIds } from './block-ids.ts'
import { viewProblems } from './block-validator.ts'
import type { SlackState, SlackView } from './state.ts'
import type { Method } from './web-api.ts'
import { asText, type Fields, isFields, jsonArgument, SlackFailure } from './wire.ts'

const STACK_LIMIT = 3
const LARGEST_VIEW_BYTES = 250_000

/** Checks a view and gives its blocks ids, as every views.* method does first. */
export function acceptedView(state: SlackState, view: unknown, type: 'modal' | 'home'): Fields {
  if (!isFields(view)) throw new SlackFailure('invalid_arguments')
  if (Buffer.byteLength(JSON.stringify(view)) > LARGEST_VIEW_BYTES) throw new SlackFailure('view_too_large')
  const problems = viewProblems(view)
  if (view.type !== type) problems.push(`must be ${type} [json-pointer:/view/type]`)
  if (problems.length > 0) {
    throw new SlackFailure('invalid_arguments', {
      response_metadata: { messages: problems.map(problem => `[ERROR] ${problem}`) },
    })
  }
  return { ...view, blocks: withIds(state, view.blocks) }
}

/** Opens a modal for a user, on top of the others they have open. */
export function pushView(state: SlackState, user: string, payload: Fields): SlackView {
  const stack = state.viewStack(user)
  if (stack.length >= STACK_LIMIT) throw new SlackFailure('push_limit_reached')
  const externalId = asText(payload.external_id)
  if (externalId && [...state.views.values()].some(open => open.payload.external_id === externalId)) {
    throw new SlackFailure('duplicate_external_id')
  }
  const id = state.newId('V')
  const view: SlackView = {
    id,
    hash: state.nextTs(),
    user,
    rootId: stack[0]?.id ?? id,
    previousId: stack.at(-1)?.id ?? null,
    payload,
    errors: {},
  }
  state.views.set(id, view)
  state.changed()
  return view
}

/** Replaces what an open view shows. */
export function replaceView(state: SlackState, view: SlackView, payload: Fields): void {
  view.payload = payload
  view.hash = state.nextTs()
  view.errors = {}
  state.changed()
}

/** A view as the Web API and interaction payloads show it. */
export function viewBody(view: SlackView, state: SlackState, values: Fields = {}): Fields {
  const { team, app } = state.workspace
  return {
    id: view.id,
    team_id: team.id,
    private_metadata: '',
    callback_id: '',
    external_id: '',
    clear_on_close: false,
    notify_on_close: false,
    submit: null,
    close: null,
    ...view.payload,
    state: { values },
    hash: view.hash,
    root_view_id: view.rootId,
    previous_view_id: view.previousId,
    app_id: app.id,
    app_installed_team_id: team.id,
    bot_id: app.botId,
  }
}

function viewArgument(args: Fields): unknown {
  return jsonArgument(args, 'view', 'invalid_arguments')
}

function checkHash(args: Fields, view: SlackView): void {
  const hash = asText(args.hash)
  if (hash !== '' && hash !== view.hash) throw new SlackFailure('hash_conflict')
}

function open(args: Fields, state: SlackState, how: 'open' | 'push'): Fields {
  const payload = acceptedView(state, viewArgument(args), 'modal')
  const user = state.useTrigger(asText(args.trigger_id))
  if (how === 'open') {
    for (const view of state.viewStack(user)) state.views.delete(view.id)
  } else if (state.viewStack(user).length === 0) {
    throw new SlackFailure('not_found')
  }
  return { view: viewBody(pushView(state, user, payload), state) }
}

function update(args: Fields, state: SlackState): Fields {
  const payload = acceptedView(state, viewArgument(args), 'modal')
  const externalId = asText(args.external_id)
  const view = [...state.views.values()].find(
    candidate => candidate.id === args.view_id || (externalId !== '' && candidate.payload.external_id === externalId),
  )
  if (!view) throw new SlackFailure('not_found')
  checkHash(args, view)
  replaceView(state, view, payload)
  return { view: viewBody(view, state) }
}

function publish(args: Fields, state: SlackState): Fields {
  const user = state.user(asText(args.user_id))
  const payload = acceptedView(state, viewArgument(args), 'home')
  const known = state.homes.get(user.id)
  if (known) {
    checkHash(args, known)
    replaceView(state, known, payload)
    return { view: viewBody(known, state) }
  }
  const id = state.newId('V')
  const home: SlackView = { id, hash: state.nextTs(), user: user.id, rootId: id, previousId: null, payload, errors: {} }
  state.homes.set(user.id, home)
  state.changed()
  return { view: viewBody(home, state) }
}

export const viewMethods: Record<string, Method> = {
  'views.open': { run: (args, { state }) => open(args, state, 'open') },
  'views.push': { run: (args, { state }) => open(args, state, 'push') },
  'views.update': { run: (args, { state }) => update(args, state) },
  'views.publish': { run: (args, { state }) => publish(args, state) },
}
