import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { Secret } from '#src/config/secret.ts'
import { openRecordStore } from '#src/record/open-record-store.ts'
import { type Stand, startStand } from '#test/stand/stand.ts'
import { Visitor } from './visitor.ts'

/** `privacy-2` has no Slack account in the configuration; `oncall-1` is `U0ONCALL1` there. */
describe('a Slack account that the identity provider names is linked by signing in', () => {
  let stand: Stand
  before(async () => {
    stand = await startStand({ sizes: { customers: 50, orders: 500 } })
    stand.slack.state.workspace.users.push({ id: 'U0NEW', name: 'newcomer' }, { id: 'U0OTHER', name: 'other-1' })
  })
  after(() => stand.stop())

  async function linksAfter(person: string, account: string): Promise<string[]> {
    stand.issuer.nameSlackAccount(person, account)
    await new Visitor(stand.gateways[0]?.url ?? '', stand.issuer).signIn(person)
    const records = await openRecordStore(new Secret(`sqlite:${join(stand.folder, 'records.db')}`))
    try {
      return (await records.links()).map(link => `${link.user} ${link.person}`)
    } finally {
      await records.close()
    }
  }

  test('at once, and the account hears of it', async () => {
    assert.deepEqual(await linksAfter('privacy-2', 'T0DEMO/U0NEW'), ['U0NEW privacy-2'])
    await stand.slack.waitFor(
      () => stand.slack.directMessages('U0NEW').find(({ text }) => /is linked.*privacy-2/.test(text)),
      'word to the account',
    )
  })

  test('nothing changes where it names none, or one of somebody else', async () => {
    for (const account of ['', 'U0OTHER', 'T0DEMO/U0OTHER ', 't0demo/u0other', 'T0DEMO/U0ONCALL1'])
      assert.deepEqual(await linksAfter('privacy-2', account), ['U0NEW privacy-2'], account)
    for (const account of ['T0DEMO/U0NEW', 'T0DEMO/U0OTHER'])
      assert.deepEqual(await linksAfter('oncall-1', account), ['U0NEW privacy-2'], account)
  })

  test('another account takes its place, and that is on record', async () => {
    assert.deepEqual(await linksAfter('privacy-2', 'T0DEMO/U0OTHER'), ['U0OTHER privacy-2'])
    const records = await openRecordStore(new Secret(`sqlite:${join(stand.folder, 'records.db')}`))
    try {
      const said = (await records.accesses({ person: 'privacy-2' })).map(({ action, asked }) => ({ action, ...asked }))
      const by = { team: 'T0DEMO', by: 'claim' }
      assert.deepEqual(
        said.filter(({ action }) => action === 'unlink'),
        [{ action: 'unlink', user: 'U0NEW', ...by }],
      )
    } finally {
      await records.close()
    }
  })
})
