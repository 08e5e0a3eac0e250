import assert from 'node:assert/strict'
import test from 'node:test'
import { signature } from '#test/fakes/slack/http-delivery.ts'
import { openWorld } from './world.ts'

test('signed deliveries are taken from five minutes around now, and only with the right signature', async () => {
  const world = await openWorld({ mode: 'http', start: false })
  try {
    const { port } = await world.startBot()
    const body = 'command=%2Fqw&text=help&user_id=U0ONCALL1&team_id=T0DEMO&channel_id=C0APPROVALS'
    const post = async (seconds: number, secret = world.slack.signingSecret, path = '/slack/events') => {
      const timestamp = String(Math.floor(Date.now() / 1000) + seconds)
      const headers = {
        'content-type': 'application/x-www-form-urlencoded',
        'x-slack-request-timestamp': timestamp,
        'x-slack-signature': signature(secret, timestamp, body),
      }
      return (await fetch(`http://127.0.0.1:${port}${path}`, { method: 'POST', headers, body })).status
    }
    assert.equal(await post(0), 200)
    assert.equal(await post(-200), 200)
    assert.equal(await post(-400), 401)
    assert.equal(await post(400), 401, 'Bolt alone takes this one')
    assert.equal(await post(0, 'another secret'), 401)
    assert.equal(await post(0, world.slack.signingSecret, '/elsewhere'), 404)
    assert.equal((await fetch(`http://127.0.0.1:${port}/slack/events`, { method: 'POST', body })).status, 401)
  } finally {
    await world.close()
  }
})
