import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { ConsoleConfig } from '#src/config/config.ts'
import { GatewayError } from '#src/errors.ts'
import { readForms } from '../doors/form-body.ts'
import { asRefusal } from '../doors/problem.ts'
import type { ConsolePorts } from './console-ports.ts'
import { type ConsoleSeal, createConsoleSeal } from './console-seal.ts'
import { holdRoutes } from './hold-routes.ts'
import { html } from './html.ts'
import { IdentityProvider } from './identity-provider.ts'
import { linkRoutes } from './link-routes.ts'
import { type Page, secure, sendPage } from './page.ts'
import { type ConsoleSession, sessionOf } from './sessions.ts'
import { signInRoutes } from './sign-in-routes.ts'

const maxFormBytes = 40 * 1024

/** One request to the console, with the settings that it is answered under. */
export interface Visit {
  readonly request: FastifyRequest
  readonly reply: FastifyReply
  readonly settings: ConsoleConfig
  /** Path of the console, without a slash at the end. */
  readonly path: string
  readonly seal: ConsoleSeal
}

/** A visit of somebody who is signed in. */
export interface PersonalVisit extends Visit {
  readonly session: ConsoleSession
}

/** What the routes share. */
export interface Desk {
  readonly ports: ConsolePorts
  readonly provider: IdentityProvider
  visit(request: FastifyRequest, reply: FastifyReply): Visit
  /** Undefined where nobody is signed in. Rejects with `record_unavailable`. */
  personal(visit: Visit): Promise<PersonalVisit | undefined>
  send(visit: Visit | PersonalVisit, page: Page, status?: number): FastifyReply
}

/**
 * The pages where people review when Slack is away, and where they prove anew who they are. Server-rendered, without script.
 * An agent's token opens nothing here: only the cookie of a person who signed in does, and no door looks at that.
 */
export async function consolePages(app: FastifyInstance, ports: ConsolePorts): Promise<void> {
  const desk = openDesk(ports)
  readForms(app, maxFormBytes)
  app.addHook('onRequest', async (_request, reply) => {
    secure(reply)
    if (!ports.settings()) throw new GatewayError('no_such_path')
  })
  app.setErrorHandler(async (error: FastifyError, request, reply) => {
    const { code, detail, message, next, table } = asRefusal(error)
    ports.log.warn({ code, detail, method: request.method, route: request.routeOptions.url }, 'console refused')
    const settings = ports.settings()
    const path = settings ? pathOf(settings) : '/'
    const body = html`<h1>${message}</h1>${next ? html`<p>${next}</p>` : undefined}<p><a href="${path}">To what waits</a></p>`
    return sendPage(reply, { title: 'Not done', body }, { path }, table.status)
  })
  signInRoutes(app, desk)
  holdRoutes(app, desk)
  linkRoutes(app, desk)
}

export function pathOf({ url }: Pick<ConsoleConfig, 'url'>): string {
  return new URL(url).pathname
}

function openDesk(ports: ConsolePorts): Desk {
  let made: { readonly key: ConsoleConfig['key']; readonly seal: ConsoleSeal } | undefined
  const sealOf = ({ key }: ConsoleConfig): ConsoleSeal => {
    if (made?.key !== key) made = { key, seal: createConsoleSeal(key) }
    return made.seal
  }
  return {
    ports,
    provider: new IdentityProvider(),
    visit(request, reply) {
      const settings = ports.settings()
      if (!settings) throw new GatewayError('no_such_path')
      return { request, reply, settings, path: pathOf(settings), seal: sealOf(settings) }
    },
    async personal(visit) {
      const session = await sessionOf(ports, visit.request, visit.settings, visit.seal)
      return session && { ...visit, session }
    },
    send(visit, page, status) {
      const session = 'session' in visit ? visit.session : undefined
      const signed = session && { session, signOutToken: visit.seal.formToken(session.id, 'sign-out') }
      return sendPage(visit.reply, page, { path: visit.path, ...signed }, status)
    },
  }
}
