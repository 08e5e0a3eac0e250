import { readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { approversName, isAmong, stageOf } from '../decide/approvers.ts'
import type { Approvers } from '../decide/decision.ts'
import { loadPolicy } from '../decide/load-policy.ts'
import type { LoadedPolicy } from '../decide/policy.ts'
import type { BotConfig, GatewayConfig } from './config.ts'
import { connectionFit } from './connection-fit.ts'
import type { YamlDocument } from './document.ts'
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
      ? policyProblems(policyPath(dirname(file), policyFile), document.value)
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

function policyProblems(file: string, config: ConfigFile): Problem[] {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    return [{ file, line: 0, column: 0, path: '', message: fileError(error) }]
  }
  const loaded = loadPolicy(text, file)
  if ('problems' in loaded) return loaded.problems
  return [approverProblems, releaserProblems, connectionFit].flatMap(problems => problems(file, loaded.policy, config))
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

/** A hold whose group has too few people can never be approved. */
function approverProblems(file: string, { rules, defaults }: LoadedPolicy, config: ConfigFile): Problem[] {
  const people = config.identity?.people ?? []
  const slackGroups = Object.keys(config.identity?.slackGroups ?? {})
  const groups = new Set([...people.flatMap(person => person?.groups ?? []), ...slackGroups])
  const ids = new Set(people.flatMap(person => person?.id ?? []))
  const wanted = [
    { path: 'defaults', line: 1, approvers: defaults.approvers, stepUp: undefined },
    ...rules.map(({ line, approvers, stepUp }, i) => ({
      ...{ path: `rules[${i}]`, line, stepUp },
      approvers: approvers ?? (stepUp && defaults.approvers),
    })),
  ]
  return wanted.flatMap(({ path, line, approvers = [], stepUp }) => {
    const able = (person: ConfigPerson) => maySignIn(person, config) || (!stepUp && isInSlack(person, config))
    const how = stepUp
      ? 'who can sign in to the console'
      : `with a Slack account${config.console ? ' or a sign-in' : ''}`
    return approvers.flatMap(asked => {
      const stage = approvers.length > 1 ? `stages[${stageOf(asked) - 1}]` : 'approvers'
      const problem = (message: string, within = '') => ({
        ...{ file, line, column: 1, message },
        path: `${path}.${stage}${within}`,
      })
      const strangers = (asked.named ?? []).filter(id => !ids.has(id))
      // Who is in a Slack user group is not known here; a fresh sign-in is given where Slack says nothing.
      const mayBeIn = stepUp ? [] : slackGroups
      const reachable = (among: Approvers) =>
        people.filter(person => able(person) && isAmong({ ...person, groups: [...person.groups, ...mayBeIn] }, among))
          .length
      const few = (among: Approvers) =>
        reachable(among) >= among.people ? [] : [tooFew(among, reachable(among), how) + hint(among, groups)]
      const { group } = asked.escalate ?? {}
      const escalated = group === undefined ? [] : few({ group, people: 1 })
      return [
        ...strangers.map(id => problem(`nobody of identity.people has the id "${id}"${didYouMean(id, ids)}`)),
        ...(strangers.length > 0 ? [] : few(asked).map(message => problem(message))),
        ...escalated.map(message => problem(message, '.escalate.group')),
      ]
    })
  })
}

function tooFew(asked: Approvers, reachable: number, how: string): string {
  const who = asked.named ? `"${approversName(asked)}"` : `group "${asked.group}"`
  return `${who} has ${reachable} of the ${asked.people} people ${how} that are needed (identity.people)`
}

function hint({ group }: Approvers, groups: ReadonlySet<string>): string {
  return group === undefined || groups.has(group) ? '' : didYouMean(group, groups)
}

type ConfigPerson = ConfigFile['identity']['people'][number]

function maySignIn(person: ConfigPerson | undefined, { console }: ConfigFile): boolean {
  return Boolean(console && (person?.subject || (console.matchEmail && person?.email)))
}

function isInSlack(person: ConfigPerson | undefined, { slack }: ConfigFile): boolean {
  return Boolean(person?.slack || (slack?.matchEmail && person?.email))
}

/** Both processes check the settings they share. */
function distinct(problems: readonly Problem[]): Problem[] {
  return [...new Map(problems.map(problem => [JSON.stringify(problem), problem])).values()]
}
