import { checkConfig } from '#src/config/check.ts'
import { formatProblems } from '#src/config/problem.ts'
import { CommandError, print } from './terminal.ts'

/** `querywarden check FILE`: every problem at once, with its place. Exits 1 where there is one. */
export async function checkCommand(args: readonly string[]): Promise<number> {
  const [file, ...more] = args
  if (!file || file.startsWith('-') || more.length > 0) throw new CommandError('Use: querywarden check FILE', 2)
  const problems = await checkConfig(file, process.env)
  print(problems.length === 0 ? `${file}: no problems` : formatProblems(problems))
  return problems.length === 0 ? 0 : 1
}
