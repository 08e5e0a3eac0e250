import type { FastifyInstance } from 'fastify'
import { GatewayError } from '#src/errors.ts'
import { isSameAddress } from '#src/principal.ts'
import { isLinkable } from '#src/record/slack-link.ts'
import { shortLine } from '#src/show/visible-text.ts'
import type { Desk, PersonalVisit } from './console.ts'
import { trustedForm } from './forms.ts'
import { html } from './html.ts'
import { type Invitation, openInvitation } from './invitation.ts'
import type { Page } from './page.ts'
import { recordLink } from './record-link.ts'
import type { ConsoleSession } from './sessions.ts'
import { beginSignIn } from './sign-in-routes.ts'

/**
 * `/link`, where somebody who asked for it in Slack says that the account is theirs. Who was talked into opening the link of
 * another's account is told whose it is, and nothing happens without their pressing the button.
 */
export function linkRoutes(app: FastifyInstance, desk: Desk): void {
  const hidden = { schema: { hide: true } }
  app.get<{ Querystring: { invitation?: string } }>('/link', hidden, async (request, reply) => {
    const stranger = desk.visit(request, reply)
    const text = String(request.query.invitation ?? '')
    const invitation = await openInvitation(stranger.seal, text)
    if (!invitation) throw notInvited()
    const visit = await desk.personal(stranger)
    if (!visit) return reply.redirect((await beginSignIn(desk, stranger, { to: 'link', invitation: text })).href, 303)
    requireLinkable(desk, visit, invitation)
    return desk.send(visit, askPage(visit, invitation, text))
  })
  app.post('/link', hidden, async (request, reply) => {
    const visit = await desk.personal(desk.visit(request, reply))
    if (!visit) throw notInvited()
    const form = trustedForm(request, visit.settings, visit.seal, { session: visit.session.id, form: 'link' })
    const invitation = await openInvitation(visit.seal, form.get('invitation'))
    if (!invitation) throw notInvited()
    await link(desk, visit, invitation)
    const body = html`<h1>Linked</h1><p>In Slack you are <bdi>${visit.session.person.name}</bdi> here from now on. Slack tells the account so. <code>/qw unlink</code> ends it.</p>`
    return desk.send(visit, { title: 'Linked', body })
  })
}

async function link(desk: Desk, visit: PersonalVisit, invitation: Invitation): Promise<void> {
  requireLinkable(desk, visit, invitation)
  const { id, team, user } = invitation
  const { person } = visit.session
  if (!(await recordLink(desk.ports, person, { id, team, user }))) {
    throw new GatewayError('not_permitted', {
      message: 'This invitation was used already, or you or this Slack account are linked.',
      next: '`/qw unlink` in Slack ends a link; `/qw link` brings another invitation.',
    })
  }
}

/**
 * The configuration comes first. Who is talked into opening the invitation of another's account has an address of their own, and the
 * account has one that Slack has confirmed.
 */
function requireLinkable(desk: Desk, { session }: PersonalVisit, invitation: Invitation): void {
  const { person } = session
  if (isLinkable(desk.ports.people(), person, invitation)) {
    const [mine, its] = [addressOf(session), invitation.email]
    if (!mine || !its || isSameAddress(mine, its)) return
    throw new GatewayError('not_permitted', {
      message: 'The e-mail address of this Slack account is not yours, so it is not linked to you.',
      next: 'If somebody sent you here, tell whoever runs Querywarden; if the account is yours, they can write it into the configuration.',
    })
  }
  const message = person.slack
    ? 'Your Slack account stands in the configuration, so no other can be linked to you.'
    : 'The configuration says whose Slack account this is; it cannot be linked.'
  throw new GatewayError('not_permitted', { message, next: 'Whoever runs Querywarden can change it there.' })
}

function askPage(
  { session, seal, path }: PersonalVisit,
  { team, user, name, workspace, email }: Invitation,
  text: string,
): Page {
  const { person } = session
  const address = addressOf(session)
  const shown = (words: string) => html`<bdi>${shortLine(words, 100)}</bdi>`
  const body = html`<h1>Is this Slack account yours?</h1>
<dl><dt>Slack workspace</dt><dd>${shown(workspace)} (${team})</dd>
<dt>Slack account</dt><dd>${shown(name)} (${user})</dd>
${email ? html`<dt>Its e-mail</dt><dd>${shown(email)}</dd>` : undefined}
<dt>You</dt><dd>${shown(person.name)} (${person.id})</dd>
${address ? html`<dt>Your e-mail</dt><dd>${shown(address)}</dd>` : undefined}</dl>
<div class="warn"><strong>Whoever uses this Slack account will decide in your name.</strong>
<p>Go on only if you yourself have just written <code>/qw link</code> in Slack, as this account. If somebody sent you here, close this page and tell whoever runs Querywarden.</p></div>
<form class="decide" method="post" action="${path}/link">
<input type="hidden" name="token" value="${seal.formToken(session.id, 'link')}">
<input type="hidden" name="invitation" value="${text}">
<button class="main">It is mine: link it</button>
</form>
<p><a href="${path}">No, leave it</a></p>`
  return { title: 'Is this Slack account yours?', body }
}

function addressOf({ person, identity }: ConsoleSession): string | undefined {
  return person.email ?? identity.email
}

function notInvited(): GatewayError {
  return new GatewayError('not_permitted', {
    message: 'This invitation has run out, or is none of ours.',
    next: 'Write `/qw link` in Slack for another one.',
  })
}
