import assert from 'node:assert/strict'
import test from 'node:test'
import { webApi } from '@slack/bolt'
import { startFakeSlack } from '#test/fakes/slack/fake-slack.ts'
import { showEverything } from './live-cards.ts'
import { situations } from './matrix.ts'

test('what would be shown in a real workspace is taken by the strict local one', async () => {
  const slack = await startFakeSlack()
  try {
    const client = new webApi.WebClient(slack.botToken, { slackApiUrl: slack.apiUrl, retryConfig: { retries: 0 } })
    const links = await showEverything(client, 'C0APPROVALS', 0)
    assert.equal(links.length, Object.keys(situations).length + 2)
    assert.deepEqual(
      slack.calls.filter(({ ok }) => !ok),
      [],
    )
  } finally {
    await slack.stop()
  }
})
