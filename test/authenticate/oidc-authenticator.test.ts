import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, mock, test } from 'node:test'
import { OidcAuthenticator } from '#gateway/authenticate/oidc-authenticator.ts'
import type { IssuerConfig } from '#src/config/config.ts'
import { type FakeIssuer, startFakeIssuer } from '#test/fakes/issuer.ts'

const minutes = 60_000

function trusted(issuer: FakeIssuer, changes: Partial<IssuerConfig> = {}): IssuerConfig {
  return {
    issuer: issuer.url,
    audiences: [issuer.audience],
    algorithms: ['RS256'],
    claims: { principal: 'sub', name: 'name', groups: 'groups', owner: 'owner', onBehalfOf: 'act_for' },
    clockToleranceSeconds: 30,
    ...changes,
  }
}

/** Moves this process's clock; sockets and the provider go on as they are. */
function advance(milliseconds: number): void {
  mock.timers.setTime(Date.now() + milliseconds)
}

describe('agents’ tokens', () => {
  let issuer: FakeIssuer
  let issuers: IssuerConfig[]
  let authenticator: OidcAuthenticator
  const who = async (bearer: string) => authenticator.authenticate({ bearer })
  const refused = (bearer: string, code: string) => assert.rejects(who(bearer), { code })

  beforeEach(async () => {
    mock.timers.enable({ apis: ['Date'], now: Date.now() })
    issuer = await startFakeIssuer({ tokenSeconds: 24 * 3_600 })
    issuers = [trusted(issuer)]
    authenticator = new OidcAuthenticator(() => issuers)
  })
  afterEach(async () => {
    await issuer.close()
    mock.timers.reset()
  })

  describe('what they say', () => {
    test('a token from the token endpoint names the agent, its groups, its owner and the person it acts for', async () => {
      const response = await fetch(issuer.tokenEndpoint, {
        method: 'POST',
        body: new URLSearchParams({ grant_type: 'client_credentials' }),
        headers: { authorization: `Basic ${btoa('churn-notebook:churn-notebook-secret')}` },
      })
      const { access_token } = (await response.json()) as { access_token: string }
      assert.deepEqual(await who(access_token), {
        issuer: issuer.url,
        subject: 'churn-notebook',
        name: 'Churn notebook',
        groups: ['notebooks'],
        owner: 'privacy-1',
        onBehalfOf: 'oncall-2',
      })
    })

    test('groups come as a list or as one text, which is divided where its claim is made for that', async () => {
      const groupsOf = async (groups: unknown, claim = 'groups') => {
        issuers = [trusted(issuer, { claims: { principal: 'sub', groups: claim } })]
        return (await who(await issuer.tokenFor('release-bot', { claims: { [claim]: groups } }))).groups
      }
      assert.deepEqual(await groupsOf(['a', 'b c', '']), ['a', 'b c'])
      assert.deepEqual(await groupsOf('Not Admins'), ['Not Admins'])
      assert.deepEqual(await groupsOf('a  b', 'scope'), ['a', 'b'])
      assert.deepEqual(await groupsOf('a b', 'scp'), ['a', 'b'])
      assert.deepEqual(await groupsOf(['a b'], 'scp'), ['a b'])
      for (const none of [undefined, null, '', []]) assert.deepEqual(await groupsOf(none), [])
    })

    test('groups that are not understood are refused: a rule may deny by one of them', async () => {
      const strange = [['a', 5], ['a', null], ['a', { name: 'contractors' }], [['a']], { contractors: {} }, true, 5]
      for (const groups of strange)
        await refused(await issuer.tokenFor('release-bot', { claims: { groups } }), 'token_claims')
      const elsewhere = [{ _claim_names: { groups: 'src1' }, _claim_sources: { src1: {} } }, { hasgroups: true }]
      for (const claims of elsewhere) {
        const bearer = await issuer.tokenFor('release-bot', { claims: { groups: undefined, ...claims } })
        await assert.rejects(who(bearer), {
          code: 'token_claims',
          message: /asked for elsewhere/,
          next: /put them into/,
        })
      }
      const other = { _claim_names: { photo: 'src1' }, groups: ['a'] }
      assert.deepEqual((await who(await issuer.tokenFor('release-bot', { claims: other }))).groups, ['a'])
    })

    test('more groups than can be looked at are refused, not cut: a rule may deny by the last one', async () => {
      const groups = Array.from({ length: 501 }, (_, at) => `g${at}`)
      await refused(await issuer.tokenFor('release-bot', { claims: { groups } }), 'token_claims')
    })

    test('what is not mapped is not read, and what has no name is named by its subject', async () => {
      issuers = [trusted(issuer, { claims: { principal: 'client_id' } })]
      const token = await issuer.tokenFor('release-bot', { claims: { client_id: 'other', name: 'Somebody' } })
      assert.deepEqual(await who(token), { issuer: issuer.url, subject: 'other', name: 'other', groups: [] })
    })

    test('one of our audiences in a list is enough', async () => {
      const token = await issuer.tokenFor('release-bot', { claims: { aud: ['billing', 'querywarden'] } })
      assert.equal((await who(token)).subject, 'release-bot')
    })

    test('clocks may differ by the configured tolerance and no more', async () => {
      const at = (seconds: number) => Math.floor(Date.now() / 1000) + seconds
      const with_ = (claims: object) => issuer.tokenFor('release-bot', { claims: { ...claims } })
      assert.ok(await who(await with_({ exp: at(-20) })))
      assert.ok(await who(await with_({ nbf: at(20), iat: at(20) })))
      await refused(await with_({ exp: at(-40) }), 'token_expired')
      await refused(await with_({ nbf: at(40) }), 'token_not_yet_valid')
      await refused(await with_({ iat: at(40) }), 'token_not_yet_valid')
    })

    test('a token of 20 kB is refused before it is read', async () => {
      const huge = await issuer.tokenFor('release-bot', { claims: { padding: 'x'.repeat(20_000) } })
      await refused(huge, 'token_malformed')
      assert.equal(issuer.requests.jwks, 0)
    })
  })

  describe('several issuers', () => {
    test('each has its own keys, audiences and claims; none speaks for the other', async () => {
      const other = await startFakeIssuer({ audience: 'warehouse-agents', agents: issuer.agents })
      try {
        issuers = [trusted(issuer), trusted(other, { claims: { principal: 'client_id' } })]
        assert.equal((await who(await issuer.tokenFor('release-bot'))).issuer, issuer.url)
        assert.equal((await who(await other.tokenFor('release-bot'))).issuer, other.url)
        await refused(await issuer.tokenFor('release-bot', { claims: { aud: 'warehouse-agents' } }), 'token_audience')
        await refused(await other.tokenFor('release-bot', { claims: { aud: 'querywarden' } }), 'token_audience')
        await refused(await issuer.tokenFor('release-bot', { claims: { iss: other.url } }), 'token_signature')
      } finally {
        await other.close()
      }
    })

    test('an issuer that is taken out of the configuration is out at once, with the tokens it gave', async () => {
      const token = await issuer.tokenFor('release-bot')
      assert.ok(await who(token))
      issuers = []
      await refused(token, 'token_issuer')
    })

    test('an audience that is taken out is out at once', async () => {
      const token = await issuer.tokenFor('release-bot')
      assert.ok(await who(token))
      issuers = [trusted(issuer, { audiences: ['another'] })]
      await refused(token, 'token_audience')
    })
  })

  describe('keys', () => {
    test('are fetched once for many tokens', async () => {
      const tokens = await Promise.all(Array.from({ length: 50 }, () => issuer.tokenFor('release-bot')))
      await Promise.all(tokens.map(who))
      assert.deepEqual([issuer.requests.discovery, issuer.requests.jwks], [1, 1])
    })

    test('a thousand forged key ids cost one more fetch in half a minute', async () => {
      await who(await issuer.tokenFor('release-bot'))
      advance(31_000)
      for (let at = 0; at < 1_000; at++) {
        const kid = `forged-${at}`
        await refused(await issuer.tokenFor('release-bot', { header: { kid } }), 'token_signature')
      }
      assert.equal(issuer.requests.jwks, 2)
      advance(31_000)
      await refused(await issuer.tokenFor('release-bot', { header: { kid: 'forged' } }), 'token_signature')
      assert.equal(issuer.requests.jwks, 3)
    })

    test('a new key works without a restart, and the old one beside it', async () => {
      const old = await issuer.tokenFor('release-bot')
      await who(old)
      await issuer.rotateKeys()
      advance(31_000)
      assert.ok(await who(await issuer.tokenFor('release-bot')))
      advance(2 * minutes)
      assert.ok(await who(old))
      assert.equal(issuer.requests.jwks, 2)
    })

    test('a removed key stops at the latest after eleven minutes', async () => {
      const [seen, unseen] = [await issuer.tokenFor('release-bot'), await issuer.tokenFor('etl-job')]
      await who(seen)
      await issuer.rotateKeys({ removeOld: true })
      assert.ok(await who(unseen))
      advance(11 * minutes + 1_000)
      await refused(seen, 'token_signature')
      await refused(unseen, 'token_signature')
    })

    test('a removed key stops within a minute of its successor being seen', async () => {
      const seen = await issuer.tokenFor('release-bot')
      await who(seen)
      await issuer.rotateKeys({ removeOld: true })
      advance(31_000)
      await who(await issuer.tokenFor('release-bot'))
      advance(30_000)
      await refused(seen, 'token_signature')
    })

    test('a token that was believed a moment ago expires on time', async () => {
      const exp = Math.floor(Date.now() / 1000) + 10
      const token = await issuer.tokenFor('release-bot', { claims: { exp } })
      assert.ok(await who(token))
      advance(50_000)
      await refused(token, 'token_expired')
    })
  })

  describe('an issuer that cannot be reached', () => {
    test('at first use: issuer_unreachable, and all is well when it comes back', async () => {
      const token = await issuer.tokenFor('release-bot')
      issuer.unreachable(true)
      await refused(token, 'issuer_unreachable')
      issuer.unreachable(false)
      advance(2_000)
      assert.ok(await who(token))
    })

    test('later: known keys serve from memory for an hour, unknown ones are refused', async () => {
      await who(await issuer.tokenFor('release-bot'))
      issuer.unreachable(true)
      advance(59 * minutes)
      assert.ok(await who(await issuer.tokenFor('etl-job')))
      await refused(await issuer.tokenFor('release-bot', { header: { kid: 'new' } }), 'token_signature')
      advance(2 * minutes)
      await refused(await issuer.tokenFor('etl-job'), 'issuer_unreachable')
    })

    test('what is no set of keys leaves the known ones in force, and is asked for again', async () => {
      for (const keys of [[null], [[]], ['key'], {}]) {
        await who(await issuer.tokenFor('release-bot'))
        issuer.answerKeys(response => response.end(JSON.stringify({ keys })))
        advance(11 * minutes)
        assert.ok(await who(await issuer.tokenFor('etl-job')), JSON.stringify(keys))
        issuer.answerKeys()
        await issuer.rotateKeys({ removeOld: true })
        advance(31_000)
        assert.ok(await who(await issuer.tokenFor('etl-job')), JSON.stringify(keys))
      }
    })

    test('a set of keys without an end is not read to its end', async () => {
      let sent = 0
      const part = Buffer.alloc(64 * 1024, ' ')
      const cut = Promise.withResolvers<void>()
      issuer.answerKeys(response => {
        response.on('close', cut.resolve)
        const more = () => {
          do sent += part.length
          while (response.write(part))
        }
        response.on('drain', more)
        more()
      })
      await refused(await issuer.tokenFor('release-bot'), 'issuer_unreachable')
      await cut.promise
      assert.ok(sent < 16 * 1024 * 1024, `${sent} bytes`)
    })

    test('a discovery document of another issuer is none', async () => {
      const alias = issuer.url.replace('127.0.0.1', 'localhost')
      issuers = [trusted(issuer, { issuer: alias })]
      await refused(await issuer.tokenFor('release-bot', { claims: { iss: alias } }), 'issuer_unreachable')
    })
  })
})
