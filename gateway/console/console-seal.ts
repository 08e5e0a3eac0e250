import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto'
import type { Secret } from '#src/config/secret.ts'
import { createSeal, type Seal } from '../authenticate/seal.ts'

/** What a browser keeps for the console, and what only its own forms have. */
export interface ConsoleSeal extends Seal {
  /** A token that only this form of this session has. */
  formToken(session: string, form: string): string
  /** Constant time. */
  isFormToken(token: string, session: string, form: string): boolean
}

/** Sealing, and HMAC-SHA-256 for forms, under keys that are derived from the console's own. */
export function createConsoleSeal(key: Secret): ConsoleSeal {
  const forms = Buffer.from(hkdfSync('sha256', key.reveal(), '', 'querywarden console forms', 32))
  const formToken = (session: string, form: string) =>
    createHmac('sha256', forms).update(`${session}|${form}`).digest('base64url')
  return {
    ...createSeal(key, 'console cookies'),
    formToken,
    isFormToken(token, session, form) {
      const [given, expected] = [Buffer.from(token), Buffer.from(formToken(session, form))]
      return given.length === expected.length && timingSafeEqual(given, expected)
    },
  }
}
