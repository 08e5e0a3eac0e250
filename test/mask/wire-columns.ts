import type { DetectedContent } from '#src/decide/decision.ts'
import { detectorNames } from '#src/decide/decision.ts'
import type { WireCodec } from '#src/execute/wire-page.ts'
import { contentMask } from '#src/mask/content-mask.ts'
import { type WireMask, wireContentMask, wireMask } from '#src/mask/wire-mask.ts'

export const key = 'k'.repeat(32)
export const asText: WireCodec = { read: text => text, write: String }

const everything: DetectedContent[] = detectorNames.map(detector => ({ detector, mask: 'redact', except: [] }))
const found = contentMask(everything, key)
if (!found) throw new Error('detectors are missing')
export const content = found

export const masks = {
  redact: wireMask('redact', 'string', key, asText),
  null: wireMask('null', 'string', key, asText),
  hash: wireMask('hash', 'string', key, asText),
  partial: wireMask('partial', 'string', key, asText),
  detect: wireContentMask(content, 'string', () => undefined),
  detectJson: wireContentMask(content, 'json', () => undefined),
} as const satisfies Record<string, WireMask>
