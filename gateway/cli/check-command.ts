import { parseArgs } from 'node:util'
import { checkConfig } from '#src/config/check.ts'
import { formatProblems } from '#src/config/problem.ts'
import { CommandError, print } from './terminal.ts'

/**
 * `querywarden check FILE`: every problem at once, with its place. `--for` is said where only one process runs, as the secrets of
 * the other are rightly absent there. Exits 1 where there is a problem.
 */
export async function checkCommand(args: readonly string[]): Promise<number> {
  const options = { for: { type: 'string', default: 'both' } } as const
  const { values, positionals } = parseArgs({ args: [...args], allowPositionals: true, options })
  const [file, ...more] = positionals
  const which = (['gateway', 'bot', 'both'] as const).find(each => each === values.for)
  if (!file || !which || more.length > 0) throw new CommandError('Use: querywarden check FILE [--for gateway|bot]', 2)
  const problems = await checkConfig(file, process.env, which)
  print(problems.length === 0 ? `${file}: no problems` : formatProblems(problems))
  return problems.length === 0 ? 0 : 1
}
