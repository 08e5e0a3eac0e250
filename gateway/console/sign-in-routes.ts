import type { FastifyInstance } from 'fastify'
import { GatewayError } from '#src/errors.ts'
import { reviewHold, type VerdictRefusal } from '#src/hold/review-hold.ts'
import { verdictSentences } from '#src/show/verdict-sentences.ts'
import type { Desk, PersonalVisit, Visit } from './console.ts'
import { cookieOf, readCookie, setCookie } from './cookies.ts'
import { type Errand, holdIdOf, type UnderWay, underWayOf } from './errand.ts'
import { trustedForm } from './forms.ts'
import { html } from './html.ts'
import type { Identity } from './identity-provider.ts'
import { reviewPorts, sawAll } from './review-ports.ts'
import { endSessions, personOf, startSession } from './sessions.ts'
import { linkAsClaimed } from './slack-claim.ts'

const attemptSeconds = 600

/** `/sign-in`, where the browser leaves for the identity provider; `/callback`, where it comes back; `/sign-out`. */
export function signInRoutes(app: FastifyInstance, desk: Desk): void {
  const hidden = { schema: { hide: true } }
  app.get<{ Querystring: { hold?: string } }>('/sign-in', hidden, async (request, reply) => {
    const hold = holdIdOf(request.query.hold)
    const url = await beginSignIn(desk, desk.visit(request, reply), { to: 'look', ...(hold ? { hold } : {}) })
    return reply.redirect(url.href, 303)
  })
  app.get('/callback', hidden, async (request, reply) => {
    const visit = desk.visit(request, reply)
    const { attempt, errand } = await takeUnderWay(visit)
    const at = request.url.indexOf('?')
    const identity = await desk.provider.finish(visit.settings, attempt, at < 0 ? '' : request.url.slice(at))
    if (errand.to === 'approve') return approveAnew(desk, visit, { attempt, errand }, identity)
    const person = personOf(desk.ports.people(), identity)
    if (!person) return sendUnknown(desk, visit, identity)
    if (identity.slack) await linkAsClaimed(desk.ports, person, identity.slack)
    await startSession(reply, visit.settings, visit.seal, identity, desk.ports.clock.now())
    desk.ports.log.info({ person: person.id }, 'signed in to the console')
    return reply.redirect(destination(visit.path, errand), 303)
  })
  app.post('/sign-out', hidden, async (request, reply) => {
    const stranger = desk.visit(request, reply)
    const visit = await desk.personal(stranger)
    // No redirect where the session was over: it would lead to the identity provider, where browsers send no form of ours.
    const where = visit ? 'Here, and in every other browser.' : 'Your session here was over already.'
    if (visit) {
      trustedForm(request, visit.settings, visit.seal, { session: visit.session.id, form: 'sign-out' })
      await endSessions(desk.ports, reply, visit.settings, visit.session)
    }
    const body = html`<h1>You are signed out</h1><p>${where} <a href="${stranger.path}">Sign in</a></p>`
    return desk.send(stranger, { title: 'Signed out', body })
  })
}

function destination(path: string, errand: Exclude<Errand, { to: 'approve' }>): string {
  if (errand.to === 'link') return `${path}/link?invitation=${encodeURIComponent(errand.invitation)}`
  return errand.hold ? `${path}/holds/${errand.hold}` : path
}

/** Where the browser has to go; it takes along, sealed, what only this sign-in can bring back. */
export async function beginSignIn(desk: Desk, { reply, settings, seal }: Visit, errand: Errand): Promise<URL> {
  const now = desk.ports.clock.now()
  const { url, attempt } = await desk.provider.begin(settings, { now, again: errand.to === 'approve' })
  const underWay = await seal.seal('sign-in', { attempt, errand }, attemptSeconds)
  setCookie(reply, cookieOf('sign-in', settings.url), underWay, attemptSeconds)
  return url
}

/** A sign-in that this browser began, once: what comes back a second time, or to another browser, is nobody's. */
async function takeUnderWay({ request, reply, settings, seal }: Visit): Promise<UnderWay> {
  const cookie = cookieOf('sign-in', settings.url)
  const underWay = underWayOf(await seal.open('sign-in', readCookie(request, cookie) ?? ''))
  setCookie(reply, cookie)
  if (underWay) return underWay
  throw new GatewayError('not_permitted', {
    message: 'This sign-in was not begun in this browser, or it was long ago.',
    next: 'Begin again here.',
  })
}

/** The same person, in the same session, who proved it after they pressed the button: then, and only then, it counts. */
async function approveAnew(desk: Desk, visit: Visit, { attempt, errand }: UnderWay, identity: Identity) {
  const personal = await desk.personal(visit)
  if (errand.to !== 'approve' || personal?.session.id !== errand.session) throw anotherSession()
  const { person, identity: known } = personal.session
  if (identity.subject !== known.subject) throw anotherSession()
  // Seconds are all that `auth_time` has; one that is not later than the button's shows nothing.
  if (identity.signedInAt === undefined || identity.signedInAt < Math.floor(attempt.startedAt / 1_000) * 1_000) {
    throw new GatewayError('not_permitted', {
      message: 'The identity provider did not ask you again who you are, so your approval does not count.',
      next: 'It must support max_age and say auth_time, by a clock that is right. Tell whoever runs Querywarden.',
    })
  }
  const { shown, reason, grant, verdict } = errand
  const given = { shown, person, verdict, signedInAt: identity.signedInAt, sawAll } as const
  const reviewed = await reviewHold(reviewPorts(desk.ports, visit.settings), {
    ...given,
    ...(reason ? { reason } : {}),
    ...(grant ? { grant } : {}),
  })
  return sendReviewed(desk, personal, shown.hold, 'refusal' in reviewed ? reviewed.refusal : undefined)
}

/** To the hold, whose page says what came of it; or why nothing did. */
export function sendReviewed(desk: Desk, visit: PersonalVisit, hold: string, refusal: VerdictRefusal | undefined) {
  if (refusal === undefined) return visit.reply.redirect(`${visit.path}/holds/${hold}`, 303)
  const title = refusal === 'unsure' ? 'Not known yet' : 'Nothing was decided'
  const body = html`<h1>${title}</h1><p class="said">${verdictSentences[refusal]}</p><p><a href="${visit.path}/holds/${hold}">Back to the statement</a></p>`
  return desk.send(visit, { title, body }, 409)
}

function sendUnknown(desk: Desk, visit: Visit, { subject }: Identity) {
  const body = html`<h1>You are nobody here</h1>
<p>The identity provider knows you, but no person of this installation is linked to you.</p>
<p>Whoever runs Querywarden can add this as <code>identity.people[].subject</code>:</p><pre>${subject}</pre>`
  return desk.send(visit, { title: 'Not known here', body }, 403)
}

function anotherSession(): GatewayError {
  return new GatewayError('not_permitted', {
    message: 'This is not the session, or not the person, that the approval was given in. It does not count.',
    next: 'Open the statement again and decide there.',
  })
}
