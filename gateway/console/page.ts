import type { FastifyReply } from 'fastify'
import { Html, html, type Part } from './html.ts'
import type { ConsoleSession } from './sessions.ts'
import { style, styleHash } from './style.ts'

export interface Page {
  readonly title: string
  readonly body: Part
  /** Where the browser goes by itself, after so many seconds. */
  readonly refresh?: { readonly seconds: number; readonly url?: string }
}

/** Around a page: where the console is, who is signed in, and the token of the form that signs out. */
interface Frame {
  readonly path: string
  readonly session?: ConsoleSession
  readonly signOutToken?: string
}

/** No script runs here, nobody frames these pages, and nothing of them is kept. */
const headers: Readonly<Record<string, string>> = {
  'content-security-policy': `default-src 'none'; style-src '${styleHash}'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'`,
  'cache-control': 'no-store',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=()',
  // Not `no-referrer`: browsers then say `Origin: null` of our own forms.
  'referrer-policy': 'same-origin',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
}

export function secure(reply: FastifyReply): FastifyReply {
  return reply.headers(headers)
}

export function sendPage(reply: FastifyReply, page: Page, frame: Frame, status = 200): FastifyReply {
  if (page.refresh) {
    const { seconds, url } = page.refresh
    reply.header('refresh', url === undefined ? String(seconds) : `${seconds}; url=${url}`)
  }
  return reply
    .code(status)
    .type('text/html; charset=utf-8')
    .send(`<!doctype html>\n${document(page, frame).text}`)
}

function document({ title, body }: Page, frame: Frame): Html {
  return html`<html lang="en" dir="ltr">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} · Querywarden</title>
<style>${new Html(style)}</style>
</head>
<body>
<header><a href="${frame.path}">Querywarden</a>${whoIsHere(frame)}</header>
<main>${body}</main>
</body>
</html>
`
}

function whoIsHere({ path, session, signOutToken }: Frame): Part {
  if (!session) return undefined
  return html`<span><bdi>${session.person.name}</bdi></span>
<form method="post" action="${path}/sign-out"><input type="hidden" name="token" value="${signOutToken}"><button>Sign out</button></form>`
}
