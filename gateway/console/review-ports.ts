import type { ConsoleConfig } from '#src/config/config.ts'
import type { ReviewPorts } from '#src/hold/review-hold.ts'
import { reviewSigner } from '#src/hold/seal.ts'
import type { ConsolePorts } from './console-ports.ts'

/** What a verdict given here needs. */
export function reviewPorts(ports: ConsolePorts, { key }: Pick<ConsoleConfig, 'key'>): ReviewPorts {
  const { holds, isGenuine, person, denials } = ports
  const signer = reviewSigner(key, 'console')
  return { holds, isGenuine, person, denials, slackGroups: [], verifier: ports.verifier(), signer }
}

/** The page of a hold always shows all of the statement. */
export const sawAll = () => true
