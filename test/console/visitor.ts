import type { FakeIssuer } from '#test/fakes/issuer.ts'

/** A browser without a screen: cookies, redirects taken one by one, forms as the page gave them. */
export class Visitor {
  readonly console: string
  readonly #issuer: FakeIssuer
  readonly cookies = new Map<string, string>()

  constructor(gateway: string, issuer: FakeIssuer) {
    this.console = `${gateway}/console`
    this.#issuer = issuer
  }

  /** `path` within the console, or a whole URL. Redirects are not followed. */
  async get(path: string): Promise<Response> {
    return this.#request(path, {})
  }

  /** As a form of this same site, unless the headers say otherwise. */
  async post(path: string, fields: Readonly<Record<string, string>>, headers: Record<string, string> = {}) {
    const origin = new URL(this.console).origin
    return this.#request(path, {
      method: 'POST',
      body: new URLSearchParams(fields),
      headers: { origin, 'sec-fetch-site': 'same-origin', ...headers },
    })
  }

  /** Leaves for the identity provider from here, signs in there and comes back; the answer to coming back. */
  async signInFrom(away: string, person: string): Promise<Response> {
    const back = await this.#issuer.signIn(person, new URL(away))
    return this.get(back.href)
  }

  async signIn(person: string, path = '/sign-in'): Promise<this> {
    const away = await this.get(path)
    const answer = await this.signInFrom(away.headers.get('location') ?? '', person)
    if (answer.status !== 303) throw new Error(`sign-in of ${person}: ${answer.status} ${await answer.text()}`)
    return this
  }

  /** The hidden fields of the form on the page of a hold. */
  async form(hold: string): Promise<Record<string, string>> {
    const page = await (await this.get(`/holds/${hold}`)).text()
    const form = page.slice(page.indexOf('class="decide"'))
    return Object.fromEntries(
      Array.from(form.matchAll(/type="hidden" name="(\w+)" value="([^"]*)"/g), ([, name = '', value = '']) => [
        name,
        value,
      ]),
    )
  }

  async #request(path: string, init: RequestInit): Promise<Response> {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const url = path.startsWith('http') ? path : `${this.console}${path}`
    const response = await fetch(url, { redirect: 'manual', ...init, headers: { ...init.headers, cookie } })
    for (const set of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(set) ?? []
      if (value) this.cookies.set(name, value)
      else this.cookies.delete(name)
    }
    return response
  }
}
