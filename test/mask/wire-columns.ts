import type { DetectedContent } from '#src/decide/decision.ts'
import { detectorNames } from '#src/decide/decision.ts'
import type { Cell } from '#src/execute/warehouse.ts'
import type { WireCodec } from '#src/execute/wire-page.ts'
import { contentMask } from '#src/mask/content-mask.ts'
import { traitsOf } from '#src/mask/text-traits.ts'
import { type WireMask, wireContentMask, wireMask } from '#src/mask/wire-mask.ts'

export const key = 'k'.repeat(32)
export const asText: WireCodec = { read: text => text, write: String }

const everything: DetectedContent[] = detectorNames.map(detector => ({ detector, mask: 'redact', except: [] }))
const content = contentMask(everything, key)
if (!content) throw new Error('detectors are missing')

/** What detectors leave of a text, not knowing what it was on the wire. */
export const found = (value: Cell): Cell =>
  typeof value === 'string' ? content(value, traitsOf(value), () => undefined) : value

export const masks = {
  redact: wireMask('redact', 'string', key, asText),
  null: wireMask('null', 'string', key, asText),
  hash: wireMask('hash', 'string', key, asText),
  partial: wireMask('partial', 'string', key, asText),
  detect: wireContentMask(content, 'string', () => undefined),
  detectJson: wireContentMask(content, 'json', () => undefined),
} as const satisfies Record<string, WireMask>
