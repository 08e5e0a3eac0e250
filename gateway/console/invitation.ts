import { randomUUID } from 'node:crypto'
import type { SlackAccountId } from '#src/record/slack-link.ts'
import type { Seal } from '../authenticate/seal.ts'

/** To somebody who asked in Slack to be linked: the account that asked, as Slack says it. */
export interface Invitation extends SlackAccountId {
  readonly id: string
  readonly name: string
  readonly workspace: string
  /** Where Slack has confirmed it, and the bot may know. */
  readonly email?: string
}

export const invitationSeconds = 600

const purpose = 'link'

/** A text for a link that only this account is shown. It is good for one link, and not for long. */
export function sealInvitation(seal: Seal, asked: Omit<Invitation, 'id'>): Promise<string> {
  return seal.seal(purpose, { ...asked, id: randomUUID() }, invitationSeconds)
}

/** Undefined where it is none of ours, or has run out. The seal vouches for its form. */
export async function openInvitation(seal: Seal, text: unknown): Promise<Invitation | undefined> {
  const payload = typeof text === 'string' ? await seal.open(purpose, text) : undefined
  return payload && (payload as unknown as Invitation)
}
