import { GatewayError } from '../errors.ts'
import type { Authorized } from '../hold/authorized.ts'
import { recordSubmitting } from '../mint/mint-credential.ts'
import type { Credential } from '../mint/minter.ts'
import type { Connection, Ports } from '../ports.ts'

/** With the attempts that follow, less than settling waits for a trace of a statement before it says that nothing ran. */
const startMilliseconds = 30_000
/** Less than a gateway may be silent: whoever takes over what a warehouse runs once by itself submits it again at once. */
const repeatMilliseconds = 10_000
/** Look-ups are seldom slower: only then is the claim shown to be this gateway's once more. */
const surelyMilliseconds = 3_000

/**
 * To be called when all but the submission is done: look-ups that take long must not make every attempt at an approved statement
 * come late. Rejects with `interrupted` where another gateway has the claim by now.
 */
export async function stillClaimed(
  ports: Ports,
  { warehouse }: Connection,
  { approved, statement }: Authorized,
  credential: Credential,
): Promise<Credential> {
  const claimedAt = ports.clock.now()
  if (!approved || claimedAt - credential.mintedAt < surelyMilliseconds) return credential
  await recordSubmitting(ports, warehouse, statement.id)
  return { ...credential, claimedAt }
}

/**
 * For a warehouse, with no `await` between this and the submission: a process that stood still must not submit what another has
 * settled meanwhile. An allowed statement counts from its arrival, an approved one from when its claim was last on record as this
 * gateway's. Throws `interrupted` where another gateway may run it by now; elsewhere nobody does.
 */
export function requireInTime(
  { approved, statement }: Authorized,
  { mintedAt, claimedAt = mintedAt }: Pick<Credential, 'mintedAt' | 'claimedAt'>,
  { idempotentSubmit }: { readonly idempotentSubmit: boolean },
): void {
  const mayRunElsewhere = approved && idempotentSubmit
  const since = Date.now() - (approved ? claimedAt : statement.receivedAt)
  if (since < (mayRunElsewhere ? repeatMilliseconds : startMilliseconds)) return
  if (mayRunElsewhere) throw new GatewayError('interrupted', { detail: `not submitted ${since} ms after its claim` })
  throw new GatewayError('warehouse_unavailable', {
    message: 'The statement could not be started in time; nothing ran.',
    next: 'Submit it again.',
  })
}
