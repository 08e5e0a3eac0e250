import { type Answers, answerProblems, stateValues } from './answers.ts'
import type { Delivery, DeliveryKind } from './delivery.ts'
import { elementAnswer, findElement } from './element-answer.ts'
import { messageBody } from './message-body.ts'
import type { SlackMessage, SlackState, SlackView } from './state.ts'
import { acceptedView, pushView, replaceView, viewBody } from './view-methods.ts'
import { asFields, asText, type Fields, isFields, isTrue, SlackFailure } from './wire.ts'

export type Deliver = (kind: DeliveryKind, what: string, payload: Fields) => Promise<Delivery>

export interface ClickOptions {
  /** Which block, when several hold the same action_id. */
  blockId?: string
  /** The value of the chosen option: for an overflow menu, a select, radio buttons. */
  option?: string
  /** What the person answers when the element asks "are you sure": yes unless said. */
  confirm?: 'yes' | 'no'
}

interface SubmitResult {
  status: 'closed' | 'errors' | 'updated' | 'pushed' | 'cleared' | 'failed'
  /** By block_id: what the form shows beside its inputs. */
  errors?: Record<string, string>
  delivery?: Delivery
}

/** What people do in the Slack client, and the payloads that come of it. */
export class Interactions {
  readonly #state: SlackState
  readonly #deliver: Deliver
  readonly #url: () => string

  constructor(state: SlackState, deliver: Deliver, url: () => string) {
    this.#state = state
    this.#deliver = deliver
    this.#url = url
  }

  /** Uses a button, menu or select of a message. Undefined when the person said no to its confirm dialog. */
  async click(user: string, channel: string, ts: string, actionId: string, options: ClickOptions = {}) {
    const message = this.#state.message(channel, ts)
    if (!message || !this.#canSee(user, message)) throw new SlackFailure('message_not_found')
    // The client shows an archived channel without anything to press.
    if (this.#state.channel(channel)?.isArchived) throw new SlackFailure('is_archived')
    const found = findElement(message.blocks, actionId, options.blockId)
    if (found.element.confirm && options.confirm === 'no') return undefined
    const responseUrl = this.#responseUrl(user, channel, ts)
    const delivery = await this.#deliver('interactive', 'block_actions', {
      type: 'block_actions',
      ...this.#who(user),
      ...this.#where(channel),
      container: {
        type: 'message',
        message_ts: ts,
        channel_id: channel,
        is_ephemeral: Boolean(message.ephemeralTo),
        ...(message.threadTs ? { thread_ts: message.threadTs } : {}),
      },
      // Slack keeps the content of an ephemeral message to itself.
      ...(message.ephemeralTo ? {} : { message: messageBody(message, this.#state.workspace) }),
      state: { values: {} },
      response_url: responseUrl,
      actions: [this.#action(found, options)],
    })
    if (!delivery.acked)
      this.#state.notice(user, channel, `${this.#state.workspace.app.name} is not responding. Try again.`)
    return delivery
  }

  /** Uses a button or menu inside an open modal or a Home tab. */
  async clickInView(user: string, viewId: string, actionId: string, options: ClickOptions & { values?: Answers } = {}) {
    const view = this.#viewOf(user, viewId)
    const found = findElement(view.payload.blocks, actionId, options.blockId)
    if (found.element.confirm && options.confirm === 'no') return undefined
    const values = stateValues(view.payload, options.values ?? {})
    const delivery = await this.#deliver('interactive', 'block_actions', {
      type: 'block_actions',
      ...this.#who(user),
      container: { type: 'view', view_id: view.id },
      view: viewBody(view, this.#state, values),
      actions: [this.#action(found, options)],
    })
    if (!delivery.acked) this.#showError(view, 'We had some trouble connecting. Try again?')
    return delivery
  }

  /** Presses a modal's submit button. The client itself refuses empty required inputs and wrong lengths. */
  async submit(user: string, viewId: string, answers: Answers): Promise<SubmitResult> {
    const view = this.#viewOf(user, viewId)
    const problems = answerProblems(view.payload, answers)
    if (Object.keys(problems).length > 0) {
      view.errors = problems
      this.#state.changed()
      return { status: 'errors', errors: problems }
    }
    const delivery = await this.#deliver('interactive', 'view_submission', {
      type: 'view_submission',
      ...this.#who(user),
      view: viewBody(view, this.#state, stateValues(view.payload, answers)),
      response_urls: [],
    })
    if (!delivery.acked) {
      this.#showError(view, 'We had some trouble connecting. Try again?')
      return { status: 'failed', delivery }
    }
    return { ...this.#afterSubmit(view, asFields(delivery.answer)), delivery }
  }

  #afterSubmit(view: SlackView, answer: Fields): SubmitResult {
    const state = this.#state
    switch (answer.response_action) {
      case undefined:
        state.views.delete(view.id)
        state.changed()
        return { status: 'closed' }
      case 'clear':
        for (const open of state.viewStack(view.user)) state.views.delete(open.id)
        state.changed()
        return { status: 'cleared' }
      case 'errors':
        return this.#refusedBy(view, asFields(answer.errors))
      case 'update':
      case 'push':
        return this.#showNext(view, answer.response_action, answer.view)
      default:
        this.#showError(view, 'We had some trouble connecting. Try again?')
        return { status: 'failed' }
    }
  }

  #refusedBy(view: SlackView, errors: Fields): SubmitResult {
    const blocks = Array.isArray(view.payload.blocks) ? view.payload.blocks : []
    const inputs = blocks.filter(isFields).filter(block => block.type === 'input')
    const known = Object.keys(errors).every(id => inputs.some(block => block.block_id === id))
    if (!known || Object.keys(errors).length === 0) {
      this.#showError(view, 'We had some trouble connecting. Try again?')
      return { status: 'failed' }
    }
    view.errors = Object.fromEntries(Object.entries(errors).map(([id, text]) => [id, asText(text)]))
    this.#state.changed()
    return { status: 'errors', errors: view.errors }
  }

  #showNext(view: SlackView, how: 'update' | 'push', next: unknown): SubmitResult {
    try {
      const payload = acceptedView(this.#state, next, 'modal')
      if (how === 'push') pushView(this.#state, view.user, payload)
      else replaceView(this.#state, view, payload)
      return { status: how === 'push' ? 'pushed' : 'updated' }
    } catch (error) {
      if (!(error instanceof SlackFailure)) throw error
      this.#showError(view, `We had some trouble connecting. Try again? (${error.code})`)
      return { status: 'failed' }
    }
  }

  /** Leaves a modal by its close button; the app hears of it when it asked to. */
  async closeView(user: string, viewId: string): Promise<void> {
    const view = this.#viewOf(user, viewId)
    const stack = this.#state.viewStack(user)
    const closed = isTrue(view.payload.clear_on_close) ? stack : stack.slice(stack.indexOf(view))
    for (const open of closed) this.#state.views.delete(open.id)
    this.#state.changed()
    if (!isTrue(view.payload.notify_on_close)) return
    await this.#deliver('interactive', 'view_closed', {
      type: 'view_closed',
      ...this.#who(user, false),
      view: viewBody(view, this.#state),
      is_cleared: closed.length > 1,
    })
  }

  /** Uses a message shortcut ("More actions") on a message. */
  async shortcut(user: string, channel: string, ts: string, callbackId: string): Promise<Delivery> {
    const message = this.#state.message(channel, ts)
    if (!message || message.ephemeralTo || !this.#canSee(user, message)) throw new SlackFailure('message_not_found')
    return this.#deliver('interactive', 'message_action', {
      type: 'message_action',
      callback_id: callbackId,
      ...this.#who(user),
      ...this.#where(channel),
      message_ts: ts,
      action_ts: this.#state.nextTs(),
      message: messageBody(message, this.#state.workspace),
      response_url: this.#responseUrl(user, channel),
    })
  }

  #viewOf(user: string, viewId: string): SlackView {
    const home = this.#state.homes.get(user)
    const view = this.#state.views.get(viewId) ?? (home?.id === viewId ? home : undefined)
    if (view?.user !== user) throw new SlackFailure('not_found')
    return view
  }

  #showError(view: SlackView, text: string): void {
    view.errors = { '': text }
    this.#state.changed()
  }

  /** Anyone may read a public channel; people who left and outsiders keep what their client still shows. */
  #canSee(userId: string, message: SlackMessage): boolean {
    if (message.ephemeralTo) return message.ephemeralTo === userId
    const channel = this.#state.channel(message.channel)
    this.#state.user(userId)
    return Boolean(channel && (!channel.isPrivate || channel.members.includes(userId)))
  }

  #responseUrl(user: string, channel: string, ts?: string): string {
    return `${this.#url()}/response/${this.#state.newResponseUrl(user, channel, ts)}`
  }

  #who(userId: string, withTrigger = true): Fields {
    const { team, app, verificationToken } = this.#state.workspace
    const user = this.#state.user(userId)
    return {
      team: { id: team.id, domain: team.domain },
      user: { id: user.id, username: user.name, name: user.name, team_id: user.teamId ?? team.id },
      api_app_id: app.id,
      token: verificationToken,
      enterprise: null,
      is_enterprise_install: false,
      ...(withTrigger ? { trigger_id: this.#state.newTrigger(userId) } : {}),
    }
  }

  #where(channelId: string): Fields {
    const channel = this.#state.channel(channelId)
    return { channel: { id: channelId, name: channel?.imWith ? 'directmessage' : (channel?.name ?? '') } }
  }

  #action(found: { element: Fields; blockId: string }, options: ClickOptions): Fields {
    return {
      action_id: found.element.action_id,
      block_id: found.blockId,
      type: found.element.type,
      action_ts: this.#state.nextTs(),
      ...elementAnswer(found.element, options.option),
    }
  }
}
