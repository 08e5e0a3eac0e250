// What every part of the page shares: who is looking, at what, and what the workspace last said.
const wanted = new URLSearchParams(location.search)

export const page = {
  user: wanted.get('user') ?? 'U0ONCALL1',
  channel: wanted.get('channel'),
  home: false,
  thread: '',
  read: {},
  /** The answer of /_control/client for this user. */
  client: undefined,
  draw: () => {},
}

export const $ = id => document.getElementById(id)

export async function post(action, body) {
  const response = await fetch(`/_control/${action}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ user: page.user, ...body }),
  })
  return response.json()
}

export function go(channel, home = false) {
  Object.assign(page, { channel, home, thread: '' })
  page.draw()
}
