import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Provider } from 'oidc-provider'
import type { Person } from './provider.ts'

/**
 * The page a person logs in on: one button each, no password. `POST` with `person=<id>` logs in, anything else fails
 * the login with `access_denied`.
 */
export async function answerLoginPage(
  provider: Provider,
  { people, sinceSeconds }: { people: Readonly<Record<string, Person>>; sinceSeconds: number },
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  await provider.interactionDetails(request, response)
  if (request.method === 'POST') {
    const person = new URLSearchParams(await textOf(request)).get('person') ?? ''
    const result = people[person]
      ? // Native clients are always asked for consent; pressing the button is it.
        { login: { accountId: person, ts: Math.floor(Date.now() / 1000) - sinceSeconds }, consent: {} }
      : { error: 'access_denied', error_description: 'nobody of this name' }
    await provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false })
    return
  }
  const buttons = Object.entries(people).map(
    ([id, person]) => `<button name="person" value="${id}">${person.name}</button>`,
  )
  response.setHeader('content-type', 'text/html; charset=utf-8')
  response.end(`<!doctype html><title>Log in</title><form method="post">${buttons.join('\n')}</form>`)
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of request) {
    text += chunk
    if (text.length > 4096) throw new Error('login form too large')
  }
  return text
}
