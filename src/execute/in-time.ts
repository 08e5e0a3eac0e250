import { GatewayError } from '../errors.ts'
import type { Authorized } from '../hold/authorized.ts'
import type { Credential } from '../mint/minter.ts'

/** Half of what settling waits for a trace of a statement before it says that nothing ran. */
const startMilliseconds = 30_000
/** Less than a gateway may be silent: whoever takes over what a warehouse runs once by itself submits it again at once. */
const repeatMilliseconds = 10_000

/**
 * For a warehouse, with no `await` between this and the submission: a process that stood still must not submit what another has
 * settled meanwhile. An allowed statement counts from its arrival, an approved one from its credential. Throws `interrupted` for
 * that one, which another gateway may run by now.
 */
export function requireInTime(
  { approved, statement }: Authorized,
  { mintedAt }: Pick<Credential, 'mintedAt'>,
  { idempotentSubmit }: { readonly idempotentSubmit: boolean },
): void {
  const since = Date.now() - (approved ? mintedAt : statement.receivedAt)
  if (since < (approved && idempotentSubmit ? repeatMilliseconds : startMilliseconds)) return
  if (approved) throw new GatewayError('interrupted', { detail: `not submitted ${since} ms after its credential` })
  throw new GatewayError('warehouse_unavailable', {
    message: 'The statement could not be started in time; nothing ran.',
    next: 'Submit it again.',
  })
}
