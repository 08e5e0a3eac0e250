import type { webApi } from '@slack/bolt'
import { isNote, postNote, type Words } from './note-message.ts'

/** What only one person is told. Needs `im:write` and `im:history`; rejects with the errors of Slack's Web API. */
export interface DirectMessages {
  /** `key` names the message among those to this account. */
  tell(user: string, key: string, words: Words): Promise<void>
  /** Whether it was told already. Nobody but the two can write there. */
  isTold(user: string, key: string): Promise<boolean>
}

/** `client` MUST NOT retry by itself: a message whose answer was lost would be sent twice. */
export function directMessages(client: webApi.WebClient): DirectMessages {
  const open = async (user: string): Promise<string> => {
    const { channel } = await client.conversations.open({ users: user })
    if (!channel?.id) throw new Error('conversations.open answered without a channel')
    return channel.id
  }
  return {
    async tell(user, key, words) {
      await postNote(client, { channel: await open(user) }, key, words)
    },
    async isTold(user, key) {
      const channel = await open(user)
      const { messages = [] } = await client.conversations.history({
        ...{ channel, limit: 100, include_all_metadata: true },
      })
      return messages.some(message => isNote(message, key))
    },
  }
}
