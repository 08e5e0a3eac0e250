import { createPrivateKey, createPublicKey } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { loadPolicy } from '../decide/load-policy.ts'
import type { LoadedPolicy } from '../decide/policy.ts'
import { policyPath, readBotConfig, readConfigFile, readGatewayConfig, sortProblems } from './load.ts'
import { didYouMean, type Problem } from './problem.ts'
import type { ConfigFile } from './schema.ts'
import { type Environment, fileError } from './secret-reader.ts'

/**
 * Every problem of the configuration and of the policy it names, at once. `which` says whose secrets should be there:
 * on a machine that runs only one of the two processes, the other's are rightly absent.
 */
export async function checkConfig(
  file: string,
  environment: Environment,
  which: 'gateway' | 'bot' | 'both' = 'both',
): Promise<Problem[]> {
  const { document, problems } = readConfigFile(file)
  if (!document) return problems
  const found: Problem[] = []
  if (which !== 'bot') found.push(...readGatewayConfig(file, environment).problems)
  if (which === 'bot' || (which === 'both' && document.value.slack))
    found.push(...readBotConfig(file, environment).problems)
  if (which === 'both' && !isReviewPair(file, environment))
    found.push(
      document.problem(
        ['keys', 'reviews'],
        'sign and verify are not the two halves of one key; no approval would count',
      ),
    )
  const policyFile: unknown = (document.value as Partial<ConfigFile>).policy?.file
  const policy =
    typeof policyFile === 'string' && which !== 'bot'
      ? policyProblems(policyPath(file, policyFile), document.value)
      : []
  return [...distinct(sortProblems(found)), ...policy]
}

function isReviewPair(file: string, environment: Environment): boolean {
  const sign = readBotConfig(file, environment).config?.keys.reviews
  const verify = readGatewayConfig(file, environment).config?.keys.reviews
  if (!sign || !verify) return true
  return createPublicKey(createPrivateKey(sign.reveal())).equals(createPublicKey(verify))
}

function policyProblems(file: string, config: ConfigFile): Problem[] {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    return [{ file, line: 0, column: 0, path: '', message: fileError(error) }]
  }
  const loaded = loadPolicy(text, file)
  return 'problems' in loaded ? loaded.problems : approverProblems(file, loaded.policy, config)
}

/** A hold whose group has too few people can never be approved. */
function approverProblems(file: string, { rules, defaults }: LoadedPolicy, config: ConfigFile): Problem[] {
  const people = config.identity?.people ?? []
  const groups = new Set(people.flatMap(person => person?.groups ?? []))
  const wanted = [
    { path: 'defaults', line: 1, approvers: defaults.approvers },
    ...rules.map(({ line, approvers }, i) => ({ path: `rules[${i}]`, line, approvers })),
  ]
  return wanted.flatMap(({ path, line, approvers }) => {
    if (!approvers) return []
    const reachable = people.filter(person => person?.slack && person.groups.includes(approvers.group)).length
    if (reachable >= approvers.people) return []
    const message = `group "${approvers.group}" has ${reachable} of the ${approvers.people} people with a Slack account that are needed (identity.people)`
    return [
      {
        file,
        line,
        column: 1,
        path: `${path}.approvers`,
        message: message + (groups.has(approvers.group) ? '' : didYouMean(approvers.group, groups)),
      },
    ]
  })
}

/** Both processes check the settings they share. */
function distinct(problems: readonly Problem[]): Problem[] {
  return [...new Map(problems.map(problem => [JSON.stringify(problem), problem])).values()]
}
