import { CommandError } from './terminal.ts'

/** `--since 24h` in milliseconds. */
export function sinceMilliseconds(text: string): number {
  const [, amount, unit] = /^(\d{1,6})(m|h|d)$/.exec(text) ?? []
  if (!amount || !unit) throw new CommandError('--since: a number with m, h or d, as 24h', 2)
  return Number(amount) * { m: 60_000, h: 3_600_000, d: 86_400_000 }[unit as 'm' | 'h' | 'd']
}
