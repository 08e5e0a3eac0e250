import type { ConsoleConfig } from '#src/config/config.ts'
import type { ReviewPorts } from '#src/hold/review-hold.ts'
import { reviewSigner } from '#src/hold/seal.ts'
import type { ConsolePorts } from './console-ports.ts'

/** What a verdict given here needs. */
export function reviewPorts(ports: ConsolePorts, { key }: Pick<ConsoleConfig, 'key'>): ReviewPorts {
  const { holds, isGenuine } = ports
  return { holds, isGenuine, people: ports.people(), verifier: ports.verifier(), signer: reviewSigner(key, 'console') }
}

/** The page of a hold always shows all of the statement. */
export const sawAll = () => true
