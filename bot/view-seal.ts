import { createHmac, timingSafeEqual } from 'node:crypto'
import type { Secret } from '#src/config/secret.ts'
import { derivedKey } from './derived-key.ts'

/**
 * Vouches for what a modal carries through Slack: that this installation's bot put it there, for this account. Who could change
 * it on its way could otherwise have something approved that was never before anybody's eyes.
 */
export interface ViewSeal {
  seal(content: string, user: string): string
  /** The content; undefined where it is not ours, or was made for somebody else. */
  open(sealed: string, user: string): string | undefined
}

export function viewSeal(reviewKeyPem: Secret): ViewSeal {
  const key = derivedKey(reviewKeyPem, 'querywarden-view')
  const macOf = (content: string, user: string) => createHmac('sha256', key).update(`${user}\n${content}`).digest()
  return {
    seal: (content, user) => `${macOf(content, user).toString('base64url')}.${content}`,
    open(sealed, user) {
      const at = sealed.indexOf('.')
      const content = sealed.slice(at + 1)
      const given = Buffer.from(sealed.slice(0, Math.max(at, 0)), 'base64url')
      const expected = macOf(content, user)
      return given.length === expected.length && timingSafeEqual(given, expected) ? content : undefined
    },
  }
}
