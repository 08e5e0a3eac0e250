import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { GatewayError } from '#src/errors.ts'
import { termsHash } from '#src/hold/hold.ts'
import { givenGrant } from '#src/hold/live-grants.ts'
import { isOwnAgent } from '#src/hold/own-agent.ts'
import {
  isNeeded,
  mayRelease,
  mayReview,
  needsStepUp,
  quorums,
  type ReviewVerdict,
  reviewVerdicts,
} from '#src/hold/review.ts'
import { countedReviews, type FoundHold, lookUpHold, refuse, reviewHold, type Verdict } from '#src/hold/review-hold.ts'
import type { Person } from '#src/principal.ts'
import { nameIn } from '#src/show/asked-by.ts'
import { verdictSentences } from '#src/show/verdict-sentences.ts'
import type { SessionId } from '#src/statement.ts'
import type { Form } from '../doors/form-body.ts'
import type { Desk, PersonalVisit } from './console.ts'
import { holdIdOf } from './errand.ts'
import { trustedForm } from './forms.ts'
import { askedGrant } from './grant-form.ts'
import { type HoldView, holdPage } from './hold-page.ts'
import { html } from './html.ts'
import { linesShown, type PendingLine, pendingPage } from './pending-page.ts'
import { reviewPorts, sawAll } from './review-ports.ts'
import { beginSignIn, sendReviewed } from './sign-in-routes.ts'

type OfHold = { Params: { id: string } }

/** What waits, one statement, and what somebody decides about it. */
export function holdRoutes(app: FastifyInstance, desk: Desk): void {
  const hidden = { schema: { hide: true } }
  app.get('/', hidden, async (request, reply) => {
    const visit = await desk.personal(desk.visit(request, reply))
    return visit
      ? desk.send(visit, await pendingOf(desk, visit))
      : reply.redirect(signInPath(desk, request, reply), 303)
  })
  app.get<OfHold>('/holds/:id', hidden, async (request, reply) => {
    const visit = await desk.personal(desk.visit(request, reply))
    const id = holdIdOf(request.params.id)
    if (!visit) return reply.redirect(signInPath(desk, request, reply, id), 303)
    const found = await visibleHold(desk, visit, id)
    await putReadOnRecord(desk, visit, found)
    return desk.send(visit, holdPage(viewOf(desk, visit, found)))
  })
  app.post<OfHold>('/holds/:id', hidden, async (request, reply) => {
    const visit = await desk.personal(desk.visit(request, reply))
    const id = holdIdOf(request.params.id)
    if (!visit || !id) throw sessionOver()
    const form = trustedForm(request, visit.settings, visit.seal, { session: visit.session.id, form: formOf(id) })
    return decide(desk, visit, id, form)
  })
}

async function decide(desk: Desk, visit: PersonalVisit, id: SessionId, form: Form) {
  const found = await visibleHold(desk, visit, id)
  const verdict = verdictOf(visit, id, form)
  const refusal = refuse(found, verdict)
  if (refusal) return sendReviewed(desk, visit, id, refusal)
  if (verdict.verdict !== 'deny' && needsStepUp(found.hold.terms, verdict.verdict)) {
    return signInAgain(desk, visit, verdict, verdict.verdict)
  }
  const reviewed = await reviewHold(reviewPorts(desk.ports, visit.settings), verdict)
  if ('refusal' in reviewed) return sendReviewed(desk, visit, id, reviewed.refusal)
  desk.ports.log.info({ hold: id, reviewer: verdict.person.id, verdict: verdict.verdict }, 'reviewed in the console')
  return sendReviewed(desk, visit, id, undefined)
}

function verdictOf({ session }: PersonalVisit, hold: SessionId, form: Form): Verdict {
  const grant = form.get('verdict') === 'grant' ? askedGrant(form) : undefined
  const verdict = grant ? 'approve' : reviewVerdicts.find(each => each === form.get('verdict'))
  if (!verdict) throw new GatewayError('invalid_request')
  const reason = writtenIn(form, 'reason')
  const suggestedSql = verdict === 'deny' ? writtenIn(form, 'suggestion') : undefined
  const shown = { hold, terms: form.get('terms') ?? '' }
  const said = { ...(reason && { reason }), ...(suggestedSql && { suggestedSql }), ...(grant && { grant }) }
  return { shown, person: session.person, verdict, sawAll, ...said }
}

/** What was written: browsers send each end of a line as two characters. */
function writtenIn(form: Form, field: string): string | undefined {
  return form.get(field)?.replaceAll('\r\n', '\n').trim()
}

/** A page that goes on by itself: browsers hold redirects of a form to `form-action`, wherever the identity provider sends on. */
async function signInAgain(
  desk: Desk,
  visit: PersonalVisit,
  { shown, reason, grant }: Verdict,
  verdict: 'approve' | 'release',
) {
  const said = { ...(reason ? { reason } : {}), ...(grant ? { grant } : {}) }
  const errand = { to: 'approve', verdict, shown, session: visit.session.id, ...said } as const
  const { href } = await beginSignIn(desk, visit, errand)
  const body = html`<h1>Sign in again</h1><p>This approval counts once you have shown anew who you are. <a href="${href}">Go on</a></p>`
  return desk.send(visit, { title: 'Sign in again', body, refresh: { seconds: 0, url: href } })
}

/** What this person may review, or owns; for everybody else it does not exist. */
async function visibleHold(desk: Desk, { settings, session }: PersonalVisit, id: SessionId | undefined) {
  const found = id ? await lookUpHold(reviewPorts(desk.ports, settings), id) : { refusal: 'unknown_hold' as const }
  if ('refusal' in found && found.refusal === 'changed_record') {
    throw new GatewayError('integrity', { message: verdictSentences.changed_record })
  }
  if ('refusal' in found || !isTheirs(session.person, found)) {
    throw new GatewayError('unknown_session', { message: 'There is no such statement for you.' })
  }
  return found
}

/** Values that others do not see are read on record, or not at all. Rejects with `record_unavailable`. */
async function putReadOnRecord({ ports }: Desk, { session }: PersonalVisit, { hold: { id, terms } }: FoundHold) {
  if (!terms.decision.hidesLiterals) return
  const person = session.person.id
  await ports.records.logAccess({ at: ports.clock.now(), person, action: 'read', session: id, found: 1 })
}

function viewOf(desk: Desk, visit: PersonalVisit, found: FoundHold): HoldView {
  const { hold, counted: reviews } = found
  const { seal, session, path } = visit
  return {
    ...{ hold, reviews, path, now: desk.ports.clock.now() },
    quorum: quorums(hold.terms, reviews),
    grant: givenGrant(hold.terms, reviews, desk.ports.person),
    nameOf: nameIn(desk.ports.people()),
    decide: mayDecide(found, session.person, seal.formToken(session.id, formOf(hold.id))),
  }
}

function isTheirs(person: Person, { hold: { terms }, now }: FoundHold): boolean {
  return mayReview(person, terms, now) !== 'not_an_approver' || mayRelease(person, terms) === undefined
}

/** What they may do; and why they may not approve, where that is not for now alone and the page does not say it already. */
function mayDecide(found: FoundHold, person: Person, token: string): HoldView['decide'] {
  const { hold } = found
  if (hold.state !== 'pending') return {}
  const shown = { hold: hold.id, terms: termsHash(hold.terms) }
  const why = (verdict: ReviewVerdict) =>
    refuse(found, { shown, person, verdict, reason: 'asked for on the page', sawAll })
  const [denying, approving] = [why('deny'), why('approve')]
  const refusal = denying ?? (approving === 'already_reviewed' || approving === 'not_needed' ? approving : undefined)
  const may = { approve: !refusal, deny: !denying, release: !why('release') }
  const form = may.deny || may.release ? { form: { token, may } } : {}
  return { ...form, ...(refusal && (may.deny || !may.release) ? { because: verdictSentences[refusal] } : {}) }
}

async function pendingOf(desk: Desk, { session: { person }, settings, path }: PersonalVisit) {
  const ports = reviewPorts(desk.ports, settings)
  const none = () => ({ lines: [] as PendingLine[], count: 0 })
  const lists = { waiting: none(), given: none(), own: none(), alone: none() }
  const put = (list: keyof typeof lists, line: PendingLine) => {
    if (lists[list].count++ < linesShown) lists[list].lines.push(line)
  }
  const now = await ports.holds.now()
  for await (const hold of ports.holds.list(['pending'])) {
    if (!ports.isGenuine(hold)) continue
    const isAsked = mayReview(person, hold.terms, now) !== 'not_an_approver'
    if (!isAsked && mayRelease(person, hold.terms)) continue
    const counted = await countedReviews(ports, hold)
    const line = { hold, quorum: quorums(hold.terms, counted) }
    if (isOwnAgent(person, hold.terms.statement.principal)) put('own', line)
    else if (!isAsked) put('alone', line)
    else if (counted.some(({ reviewer }) => reviewer === person.id)) put('given', line)
    else if (isNeeded(person, line.quorum, now - hold.terms.createdAt)) put('waiting', line)
  }
  return pendingPage(lists, path, desk.ports.clock.now())
}

function formOf(id: SessionId): string {
  return `hold ${id}`
}

function signInPath(desk: Desk, request: FastifyRequest, reply: FastifyReply, hold?: SessionId): string {
  return `${desk.visit(request, reply).path}/sign-in${hold ? `?hold=${hold}` : ''}`
}

function sessionOver(): GatewayError {
  return new GatewayError('not_permitted', {
    message: 'You are not signed in any more, so nothing was decided.',
    next: 'Open the statement again and sign in.',
  })
}
