/** Walks the redirects of a login with one cookie jar, presses the button of `person`, stops where the issuer is left. */
export async function signIn(issuer: string, person: string, authorizationUrl: URL): Promise<URL> {
  const cookies = new Map<string, string>()
  let next = authorizationUrl
  for (let hop = 0; hop < 10; hop++) {
    if (next.origin !== new URL(issuer).origin) return next
    const isLoginPage = next.pathname.startsWith('/login/')
    const response = await fetch(next, {
      redirect: 'manual',
      headers: { cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; ') },
      ...(isLoginPage ? { method: 'POST', body: new URLSearchParams({ person }) } : {}),
    })
    for (const cookie of response.headers.getSetCookie()) {
      const [name = '', value = ''] = (cookie.split(';')[0] ?? '').split('=')
      if (value) cookies.set(name, value)
      else cookies.delete(name)
    }
    const location = response.headers.get('location')
    if (!location) throw new Error(`login stopped at ${next.pathname}: ${response.status} ${await response.text()}`)
    next = new URL(location, next)
  }
  throw new Error('login redirects too often')
}
