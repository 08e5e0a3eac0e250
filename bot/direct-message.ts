import type { types, webApi } from '@slack/bolt'

/** Between the bot and one person. Needs `im:write`; rejects with the errors of Slack's Web API. */
export async function sendDirectMessage(
  client: webApi.WebClient,
  user: string,
  text: string,
  metadata?: types.MessageMetadata,
): Promise<void> {
  const { channel } = await client.conversations.open({ users: user })
  if (!channel?.id) throw new Error('conversations.open answered without a channel')
  const quiet = { unfurl_links: false, unfurl_media: false }
  await client.chat.postMessage({ channel: channel.id, text, ...quiet, ...(metadata ? { metadata } : {}) })
}
