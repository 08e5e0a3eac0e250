import { readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { loadPolicy } from '../decide/load-policy.ts'
import type { LoadedPolicy } from '../decide/policy.ts'
import { approverProblems, maySignIn } from './approver-fit.ts'
import type { BotConfig, GatewayConfig } from './config.ts'
import { connectionFit } from './connection-fit.ts'
import { lostWords, type YamlDocument } from './document.ts'
import { isOnePair, notOnePair } from './key-pair.ts'
import { policyPath, type Reading, readBotConfig, readConfigFile, readGatewayConfig, sortProblems } from './load.ts'
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
  const gateway = which === 'bot' ? undefined : readGatewayConfig(file, environment)
  const bot =
    which === 'bot' || (which === 'both' && document.value.slack) ? readBotConfig(file, environment) : undefined
  const found = [...(gateway?.problems ?? []), ...(bot?.problems ?? []), ...keyProblems(document, gateway, bot)]
  const policyFile: unknown = (document.value as Partial<ConfigFile>).policy?.file
  const policy =
    typeof policyFile === 'string' && which !== 'bot'
      ? policyProblems(policyPath(dirname(file), policyFile), document)
      : []
  return [...distinct(sortProblems(found)), ...policy]
}

/** What neither process sees alone. */
function keyProblems(
  document: YamlDocument<ConfigFile>,
  gateway: Reading<GatewayConfig> | undefined,
  bot: Reading<BotConfig> | undefined,
): Problem[] {
  const sign = bot?.config?.keys.reviews.reveal()
  const verify = gateway?.config?.keys.reviews.slack
  // Where one half is not known, that is a problem of its own.
  return sign && verify && !isOnePair(sign, verify) ? [document.problem(['keys', 'reviews'], notOnePair)] : []
}

function policyProblems(file: string, document: YamlDocument<ConfigFile>): Problem[] {
  const { value: config } = document
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    return [document.problem(['policy', 'file'], `file ${file}: ${fileError(error)}`)]
  }
  const loaded = loadPolicy(text, file)
  if ('problems' in loaded) return loaded.problems
  const fit = [approverProblems, releaserProblems, outweighedProblems, connectionFit]
  return [...lostWords(text, file), ...fit.flatMap(problems => problems(file, loaded.policy, config))]
}

const strength = ['allow', 'hold', 'deny'] as const

/** Of the same condition only the strongest effect counts; a rule for everything may stand beside others for a time. */
function outweighedProblems(file: string, { rules }: LoadedPolicy): Problem[] {
  return rules.flatMap(({ condition: { source }, effect, line }, i) => {
    const stronger = rules.find(
      other => other.condition.source === source && strength.indexOf(other.effect) > strength.indexOf(effect),
    )
    if (!stronger || source === 'true') return []
    const message = `has no effect: rule "${stronger.name}" asks the same and ${stronger.effect === 'deny' ? 'denies' : 'holds'}`
    return [{ file, line, column: 1, path: `rules[${i}].when`, message, severity: 'warning' as const }]
  })
}

/** Found in an emergency, it would be found too late. */
function releaserProblems(file: string, { releasers }: LoadedPolicy, config: ConfigFile): Problem[] {
  const people = config.identity?.people ?? []
  const ids = new Set(people.flatMap(person => person?.id ?? []))
  return releasers.flatMap((id, i) => {
    const problem = (message: string) => ({ file, line: 1, column: 1, path: `break_glass.named[${i}]`, message })
    const person = people.find(each => each?.id === id)
    if (!person) return [problem(`nobody of identity.people has the id "${id}"${didYouMean(id, ids)}`)]
    return person.slack || maySignIn(person, config)
      ? []
      : [problem(`"${id}" has neither a Slack account nor a sign-in`)]
  })
}

/** Both processes check the settings they share. */
function distinct(problems: readonly Problem[]): Problem[] {
  return [...new Map(problems.map(problem => [JSON.stringify(problem), problem])).values()]
}
