import { GatewayError } from '#src/errors.ts'
import type { ConnectionFacts } from '../../journey/journey.ts'

/**
 * The connection that a driver's `account` means: the one of that name, or the one whose Snowflake account it is, so that
 * a configuration that went to Snowflake needs another host and token and nothing else. Drivers write names in their own way:
 * case does not count, `_` is `-`, and what follows a dot is a region.
 */
export function connectionOf(connections: readonly ConnectionFacts[], account: unknown): ConnectionFacts {
  const asked = plain(typeof account === 'string' ? account : '')
  const snowflake = connections.filter(({ dialect }) => dialect === 'snowflake')
  const named = snowflake.find(({ name }) => plain(name) === asked)
  const [only, ...others] = snowflake.filter(candidate => plain(candidate.account ?? '') === asked)
  const found = named ?? (others.length === 0 ? only : undefined)
  if (found) return found
  throw new GatewayError('unknown_connection', {
    message: 'No Snowflake connection is meant by this account.',
    next: `Set the account to one of: ${snowflake.map(({ name }) => name).join(', ')}.`,
  })
}

function plain(account: string): string {
  return (account.split('.')[0] ?? '').toLowerCase().replaceAll('_', '-')
}
