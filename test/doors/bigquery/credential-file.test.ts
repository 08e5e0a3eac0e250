import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { BigQuery } from '@google-cloud/bigquery'
import { firstGateway } from '#test/doors/agent.ts'
import { type Stand, startStand } from '#test/stand/stand.ts'
import { RestCaller } from './rest-caller.ts'

const [, readme = ''] = /```json\n(.*?external_account.*?)```/s.exec(readFileSync('README.md', 'utf8')) ?? []
const type = 'urn:ietf:params:oauth:token-type'

describe('an external_account credential file', { timeout: 300_000 }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'querywarden-credential-'))
  let stand: Stand
  let url: string
  before(async () => {
    stand = await startStand({ sizes: { customers: 100, orders: 1_000 } })
    url = firstGateway(stand).url
  })
  after(async () => {
    await stand.stop()
    rmSync(folder, { recursive: true })
  })

  /** The file as the README gives it. */
  function credentialFile(subjectToken: string): string {
    const token = join(folder, 'oidc-token')
    writeFileSync(token, subjectToken)
    const file = join(folder, 'credential.json')
    const credential = readme
      .replaceAll('https://querywarden.acme.example', url)
      .replace('/var/run/secrets/agent/oidc-token', token)
    writeFileSync(file, credential)
    return file
  }
  const exchange = (fields: Readonly<Record<string, string>>) =>
    fetch(`${url}/sts/v1/token`, {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
        subject_token_type: `${type}:jwt`,
        audience: '//querywarden/agents',
        ...fields,
      }),
    })

  test('is told whom its token stands for, at the address in the file; of other tokens nothing', async () => {
    const { token_info_url: path = '' } = JSON.parse(readFileSync(credentialFile('x'), 'utf8'))
    const said = async (token: string) =>
      (
        await fetch(path, {
          method: 'POST',
          body: new URLSearchParams({ token, token_type_hint: `${type}:access_token` }),
        })
      ).json()
    const exchanged = await exchange({ subject_token: await stand.issuer.tokenFor('release-bot') })
    const { access_token: token } = (await exchanged.json()) as { access_token: string }
    assert.deepEqual(await said(token), {
      ...{ active: true, token_type: 'Bearer', username: 'release-bot', sub: 'release-bot' },
    })
    for (const other of ['', 'x', `${token}x`, await stand.issuer.tokenFor('release-bot')])
      assert.deepEqual(await said(other), { active: false })
  })

  test("makes Google's client work with no code for it, on another gateway too", async () => {
    const keyFilename = credentialFile(await stand.issuer.tokenFor('release-bot'))
    const client = new BigQuery({ projectId: 'lake', apiEndpoint: url, keyFilename })
    const [rows] = await client.query('select id, email from shop.customers order by id limit 1')
    assert.deepEqual(rows, [{ id: 1, email: 'c***@***.example' }])
    const headers = await client.authClient.getClient().then(auth => auth.getRequestHeaders())
    const bearer = headers.get('authorization') ?? ''
    assert.ok(!bearer.includes(await stand.issuer.tokenFor('release-bot')))
    const second = await stand.startGateway()
    const path = '/bigquery/v2/projects/lake/jobs'
    assert.equal((await fetch(`${second.url}${path}`, { headers })).status, 200)
  })

  test('and what the environment says of the endpoint is enough for a tool that has no setting for it', async t => {
    const said = {
      GOOGLE_APPLICATION_CREDENTIALS: credentialFile(await stand.issuer.tokenFor('release-bot')),
      BIGQUERY_EMULATOR_HOST: url,
    }
    t.mock.property(process, 'env', { ...process.env, ...said })
    const [rows] = await new BigQuery({ projectId: 'lake' }).query(
      'select id, email from shop.customers order by id limit 1',
    )
    assert.deepEqual(rows, [{ id: 1, email: 'c***@***.example' }])
  })

  test('the token is ours, lasts long enough for clients to keep it, and tells nothing', async () => {
    const subject_token = await stand.issuer.tokenFor('release-bot')
    const response = await exchange({ subject_token, scope: 'https://www.googleapis.com/auth/bigquery' })
    const answer = (await response.json()) as Record<string, unknown>
    assert.deepEqual(Object.keys(answer).sort(), ['access_token', 'expires_in', 'issued_token_type', 'token_type'])
    assert.ok(Number(answer.expires_in) > 600)
    assert.equal(response.headers.get('cache-control'), 'no-store')
    const again = await exchange({ subject_token: String(answer.access_token) })
    assert.equal(again.status, 400)
    assert.equal(((await again.json()) as Record<string, unknown>).error, 'invalid_grant')
  })

  for (const [what, fields, error] of [
    ['a token of an issuer that is not trusted', { subject_token: 'e30.e30.e30' }, 'invalid_grant'],
    ['no token', {}, 'invalid_grant'],
    ['another grant', { grant_type: 'password' }, 'unsupported_grant_type'],
    ['another type of token', { subject_token_type: `${type}:saml2` }, 'invalid_request'],
  ] as const) {
    test(`${what} is exchanged for nothing`, async () => {
      const response = await exchange(fields)
      assert.equal(response.status, 400)
      const answer = (await response.json()) as Record<string, unknown>
      assert.equal(answer.error, error)
      assert.ok(answer.error_description)
    })
  }

  test('without a token, or with one that was changed, the door says invalid_token', async () => {
    const response = await exchange({ subject_token: await stand.issuer.tokenFor('release-bot') })
    const { access_token: token } = (await response.json()) as { access_token: string }
    const caller = new RestCaller(token, url)
    assert.equal((await caller.get('jobs')).status, 200)
    for (const wrong of [`${token.slice(0, -3)}AAA`, 'x.y.z', 'a.b.c.d.e']) {
      const heard = await caller.ask('GET', '/bigquery/v2/projects/lake/jobs', { token: wrong })
      assert.equal(heard.status, 401)
      assert.equal(heard.body.error?.errors[0]?.reason, 'authError')
      assert.match(heard.headers.get('www-authenticate') ?? '', /^Bearer .*error="invalid_token"/)
    }
  })
})
