import { backtestCommand } from './policy-backtest.ts'
import { diffCommand } from './policy-diff.ts'
import { testCommand } from './policy-test.ts'
import { CommandError } from './terminal.ts'

const verbs: Readonly<Record<string, (args: readonly string[]) => Promise<number>>> = {
  test: testCommand,
  diff: diffCommand,
  backtest: backtestCommand,
}

/** `querywarden policy test | diff | backtest`: what a policy does, before it is in force. */
export async function policyCommand([verb, ...rest]: readonly string[]): Promise<number> {
  const command = verb !== undefined && Object.hasOwn(verbs, verb) ? verbs[verb] : undefined
  if (!command) throw new CommandError('Use: policy test | diff | backtest', 2)
  return command(rest)
}
