import test from 'node:test'
import { webApi } from '@slack/bolt'
import { showEverything } from './live-cards.ts'

// `npm run test:slack -- --live`: every card in a channel of a real workspace, for people to look at. It is not among the tests:
// it needs a workspace, and leaves the cards there.

const { LIVE_SLACK_BOT_TOKEN: token, LIVE_SLACK_CHANNEL: channel } = process.env
const skip = token && channel ? false : 'needs LIVE_SLACK_BOT_TOKEN (xoxb-…) and LIVE_SLACK_CHANNEL (C…)'

test('every card in a real workspace', { skip, timeout: 600_000 }, async () => {
  const client = new webApi.WebClient(token, { retryConfig: { retries: 3 } })
  // Slack takes about one message a second in a channel.
  for (const link of await showEverything(client, channel ?? '', 1_200)) console.log(link)
})
