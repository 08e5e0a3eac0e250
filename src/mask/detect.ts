import type { DetectorName } from '../decide/decision.ts'
import { findEmails } from './detect-emails.ts'
import { findNationalIds } from './detect-national-ids.ts'
import { findCards, findIbans, findPhones } from './detect-numbers.ts'
import { findPasswords } from './detect-passwords.ts'
import { findSecrets } from './detect-secrets.ts'
import type { Span } from './span.ts'
import { traits } from './text-traits.ts'

interface Detector {
  /** Asked only where the text has one of these traits. */
  readonly needs: number
  readonly find: (text: string, found: (span: Span) => void, traits: number) => void
}

const detectors: Readonly<Record<DetectorName, readonly Detector[]>> = {
  card: [{ needs: traits.digits, find: findCards }],
  iban: [{ needs: traits.digits, find: findIbans }],
  national_id: [{ needs: traits.digits | traits.eleven, find: findNationalIds }],
  phone: [{ needs: traits.digits, find: findPhones }],
  email: [{ needs: traits.at, find: findEmails }],
  secret: [
    { needs: traits.run | traits.setting, find: findSecrets },
    { needs: traits.run | traits.at | traits.setting | traits.option, find: findPasswords },
  ],
}

/**
 * Where in a text of these `traits` (`traitsOf`) something stands that this detector knows. Time is linear in the length of
 * the text, whatever it holds.
 */
export function detect(name: DetectorName, text: string, found: number, report: (span: Span) => void): void {
  for (const { needs, find } of detectors[name]) if ((found & needs) !== 0) find(text, report, found)
}
