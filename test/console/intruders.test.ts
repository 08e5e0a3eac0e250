import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { createConsoleSeal } from '#gateway/console/console-seal.ts'
import { Secret } from '#src/config/secret.ts'
import { SqliteHoldStore } from '#src/hold/sqlite-hold-store.ts'
import { sampleHold } from '#test/contracts/sample-hold.ts'
import { agentOf, firstGateway } from '#test/doors/agent.ts'
import { type Stand, startStand } from '#test/stand/stand.ts'
import { Visitor } from './visitor.ts'

describe('the console against everybody who should not decide', () => {
  let stand: Stand
  let hold: string
  before(async () => {
    stand = await startStand({ bots: 0 })
    const agent = await agentOf(stand)
    const sql = "delete from shop.orders where status = 'test'"
    hold = (await agent.submit({ connection: 'shop', sql })).body.request_id
  })
  after(() => stand.stop())

  const visitor = () => new Visitor(firstGateway(stand).url, stand.issuer)
  const signedIn = (person: string) => visitor().signIn(person)
  const stillPending = async () => {
    const agent = await agentOf(stand)
    assert.equal((await agent.look(hold, 'wait=0')).body.status, 'pending_approval')
  }
  const approve = (form: Readonly<Record<string, string>>) => ({ ...form, verdict: 'approve', looked: 'on' })

  test('who is not signed in is sent to sign in, and decides nothing', async () => {
    const stranger = visitor()
    const { status, headers } = await stranger.get(`/holds/${hold}`)
    assert.deepEqual([status, headers.get('location')], [303, `/console/sign-in?hold=${hold}`])
    assert.equal((await stranger.post(`/holds/${hold}`, approve({ token: 'x', terms: 'x' }))).status, 403)
    await stillPending()
  })

  test('a token of an agent opens nothing, and a cookie of the console no door', async () => {
    const token = await stand.issuer.tokenFor('release-bot', { claims: { sub: 'oncall-1' } })
    const bearer = { authorization: `Bearer ${token}` }
    const asAgent = await fetch(`${firstGateway(stand).url}/console`, { headers: bearer, redirect: 'manual' })
    assert.equal(asAgent.status, 303)
    const person = await signedIn('oncall-1')
    const [[name, value] = ['', '']] = person.cookies
    for (const headers of [{ cookie: `${name}=${value}` }, { authorization: `Bearer ${value}` }]) {
      const door = await fetch(`${firstGateway(stand).url}/v1/connections`, { headers })
      assert.equal(door.status, 401)
    }
  })

  test('who writes a thousand older statements into the hold store hides none that is asked', async () => {
    const store = new SqliteHoldStore(join(stand.folder, 'holds.db'))
    const expiresAt = Date.now() + 3_600_000
    for (let n = 0; n < 1_000; n++) await store.create(sampleHold({ createdAt: n, expiresAt }))
    await store.close()
    const page = await (await (await signedIn('oncall-1')).get('')).text()
    assert.match(page, /<h1>1 waiting for you/)
    assert.ok(page.includes(hold))
  })

  test('a form from elsewhere, of another session or of another statement decides nothing', async () => {
    const person = await signedIn('oncall-1')
    const form = approve(await person.form(hold))
    const other = approve(await (await signedIn('oncall-1')).form(hold))
    const foreign: [Record<string, string>, Record<string, string>][] = [
      [form, { origin: 'https://evil.example' }],
      [form, { origin: 'null' }],
      [form, { 'sec-fetch-site': 'cross-site' }],
      [form, { 'sec-fetch-site': 'same-site' }],
      [{ ...form, token: '' }, {}],
      [other, {}],
    ]
    for (const [fields, headers] of foreign) {
      const answer = await person.post(`/holds/${hold}`, fields, headers)
      assert.equal(answer.status, 403, JSON.stringify(headers))
    }
    const changed = await person.post(`/holds/${hold}`, { ...form, terms: 'f'.repeat(64) })
    assert.equal(changed.status, 409)
    assert.match(await changed.text(), /out of date/)
    await stillPending()
  })

  test('the owner of the agent, whatever they post, and somebody outside of the group decide nothing', async () => {
    const owner = await signedIn('release-owner')
    assert.deepEqual(await owner.form(hold), {})
    const theirs = approve(await (await signedIn('oncall-1')).form(hold))
    assert.equal((await owner.post(`/holds/${hold}`, theirs)).status, 403)
    const outsider = await signedIn('privacy-2')
    assert.equal((await outsider.get(`/holds/${hold}`)).status, 404)
    assert.equal((await outsider.get('/holds/0000-0000-0000')).status, 404)
    assert.doesNotMatch(await (await outsider.get('')).text(), new RegExp(hold))
    await stillPending()
  })

  test('words are kept whole, whatever ends their lines in a form, or refused', async () => {
    const agent = await agentOf(stand)
    const ask = async (id: number) =>
      (await agent.submit({ connection: 'shop', sql: `delete from shop.orders where id = ${id}` })).body.request_id
    const person = await signedIn('oncall-1')
    const post = async (id: string, fields: Readonly<Record<string, string>>) =>
      person.post(`/holds/${id}`, { ...(await person.form(id)), ...fields })
    const longest = `select 1${'\n'.repeat(2_000)}${'-'.repeat(992)}`
    const sent = longest.replaceAll('\n', '\r\n')
    const denied = await ask(1)
    const reason = 'not like this'
    assert.equal((await post(denied, { verdict: 'deny', reason, suggestion: sent })).status, 303)
    const { body } = await agent.look(denied)
    assert.deepEqual([body.code, body.suggested_sql], ['review_denied', longest])
    const kept = await ask(2)
    for (const fields of [
      { verdict: 'deny', reason, suggestion: `${sent}-` },
      { verdict: 'deny', reason: 'r'.repeat(501) },
      { verdict: 'approve', reason: 'r'.repeat(501) },
    ]) {
      const answer = await post(kept, fields)
      assert.equal(answer.status, 409)
      assert.match(await answer.text(), /500 characters and a suggested statement 3,000/)
    }
    assert.equal((await agent.look(kept, 'wait=0')).body.status, 'pending_approval')
  })

  test('who the identity provider knows and the configuration does not is nobody', async () => {
    const stranger = visitor()
    const away = (await stranger.get('/sign-in')).headers.get('location') ?? ''
    const answer = await stranger.signInFrom(away, 'privacy-1')
    assert.equal(answer.status, 403)
    assert.match(await answer.text(), /no person of this installation.*privacy-1/s)
    assert.equal((await stranger.get('')).status, 303)
  })

  test('a sign-in counts once, in the browser that began it', async () => {
    const [person, thief] = [visitor(), visitor()]
    const away = (await person.get('/sign-in')).headers.get('location') ?? ''
    const back = await stand.issuer.signIn('oncall-1', new URL(away))
    assert.equal((await thief.get(back.href)).status, 403)
    await thief.get('/sign-in')
    assert.equal((await thief.get(back.href)).status, 403)
    const kept = new Map(person.cookies)
    assert.equal((await person.get(back.href)).status, 303)
    assert.deepEqual([...person.cookies.keys()], ['querywarden-session'])
    for (const [name, value] of kept) person.cookies.set(name, value)
    assert.equal((await person.get(back.href)).status, 403)
  })

  test('who signs out is signed out everywhere, with every copy of the cookie', async () => {
    const [here, there] = [await signedIn('oncall-2'), await signedIn('oncall-2')]
    const copy = new Map(here.cookies)
    const page = await (await here.get('')).text()
    const [, token = ''] = /name="token" value="([^"]+)"/.exec(page) ?? []
    assert.equal((await here.post('/sign-out', { token })).status, 200)
    for (const [name, value] of copy) here.cookies.set(name, value)
    assert.equal((await here.get('')).status, 303)
    assert.equal((await there.get('')).status, 303)
    const again = await here.post('/sign-out', { token })
    assert.equal(again.status, 200)
    assert.match(await again.text(), /signed out.*was over already/s)
    assert.equal((await (await signedIn('oncall-2')).get('')).status, 200)
  })

  test('a cookie that was changed is no cookie', async () => {
    const person = await signedIn('oncall-1')
    for (const [name, value] of person.cookies) {
      const at = value.length - 30
      person.cookies.set(name, `${value.slice(0, at)}${value[at] === 'A' ? 'B' : 'A'}${value.slice(at + 1)}`)
    }
    assert.equal((await person.get('')).status, 303)
  })

  test('every page forbids scripts, frames and copies', async () => {
    const person = await signedIn('oncall-1')
    for (const path of ['', `/holds/${hold}`, '/holds/nothing', '/sign-in']) {
      const { headers } = await person.get(path)
      const policy = headers.get('content-security-policy') ?? ''
      assert.match(policy, /^default-src 'none'; style-src 'sha256-[^']+'; form-action 'self'; frame-ancestors 'none'/)
      assert.equal(headers.get('cache-control'), 'no-store')
      assert.equal(headers.get('x-content-type-options'), 'nosniff')
    }
    const [cookie = ''] = (await visitor().get('/sign-in')).headers.getSetCookie()
    assert.match(cookie, /; Path=\/; Max-Age=\d+; HttpOnly; SameSite=Lax/)
  })

  test('who signed in where the clock is ahead signs out everywhere as well', async () => {
    const person = await signedIn('privacy-2')
    const [[name, value] = ['', '']] = person.cookies
    const seal = createConsoleSeal(new Secret(readFileSync(join(stand.folder, 'keys', 'console.pem'), 'utf8').trim()))
    const ahead = await seal.seal('session', { ...(await seal.open('session', value)), at: Date.now() + 600_000 }, 600)
    person.cookies.set(name, ahead)
    const [, token = ''] = /name="token" value="([^"]+)"/.exec(await (await person.get('')).text()) ?? []
    assert.equal((await person.post('/sign-out', { token })).status, 200)
    person.cookies.set(name, ahead)
    assert.equal((await person.get('')).status, 303)
  })

  test('while the identity provider is away nobody gets in, and is told so', async () => {
    stand.issuer.unreachable(true)
    const gateway = await stand.startGateway()
    const answer = await new Visitor(gateway.url, stand.issuer).get('/sign-in')
    stand.issuer.unreachable(false)
    assert.equal(answer.status, 503)
    assert.match(await answer.text(), /identity provider cannot be asked/)
  })
})
