import { approversName, isAmong, stageOf } from '../decide/approvers.ts'
import type { Approvers } from '../decide/decision.ts'
import type { LoadedPolicy } from '../decide/policy.ts'
import { didYouMean, type Problem } from './problem.ts'
import type { ConfigFile } from './schema.ts'

type ConfigPerson = ConfigFile['identity']['people'][number]

/** A hold whose group has too few people can never be approved. */
export function approverProblems(file: string, { rules, defaults }: LoadedPolicy, config: ConfigFile): Problem[] {
  const wanted = [
    { path: 'defaults', line: 1, approvers: defaults.approvers, stepUp: undefined },
    ...rules.map(({ line, approvers, stepUp }, i) => ({
      ...{ path: `rules[${i}]`, line, stepUp },
      approvers: approvers ?? (stepUp && defaults.approvers),
    })),
  ]
  return wanted.flatMap(({ path, line, approvers = [], stepUp }) => {
    const problem = (within: string, message: string) => ({ file, line, column: 1, path: `${path}.${within}`, message })
    const there = thereOf(config, stepUp)
    const found = approvers.flatMap(asked => {
      const stage = approvers.length > 1 ? `stages[${stageOf(asked) - 1}]` : 'approvers'
      return askedProblems(asked, there, config).map(([within, message]) => problem(`${stage}${within}`, message))
    })
    const few = found.length > 0 ? undefined : tooFewForAll(approvers, there)
    return few === undefined ? found : [problem('stages', few)]
  })
}

/** Who of the configuration may approve, and what makes that so. */
interface There {
  readonly among: (asked: Approvers) => readonly ConfigPerson[]
  readonly how: string
}

function thereOf(config: ConfigFile, stepUp: boolean | undefined): There {
  const able = (person: ConfigPerson) => maySignIn(person, config) || (!stepUp && isInSlack(person, config))
  // Who is in a Slack user group is not known here; a fresh sign-in is given where Slack says nothing.
  const mayBeIn = stepUp ? [] : Object.keys(config.identity?.slackGroups ?? {})
  const isOf = (person: ConfigPerson, asked: Approvers) =>
    isAmong({ ...person, groups: [...groupsOf(person), ...mayBeIn] }, asked)
  return {
    among: asked => (config.identity?.people ?? []).filter(person => able(person) && isOf(person, asked)),
    how: stepUp ? 'who can sign in to the console' : `with a Slack account${config.console ? ' or a sign-in' : ''}`,
  }
}

/** What has a wrong form is a problem of its own, and missing here. */
function groupsOf(person: Partial<ConfigPerson> | undefined): readonly string[] {
  const groups: readonly (string | undefined)[] = person?.groups ?? []
  return groups.flatMap(group => group ?? [])
}

function askedProblems(
  asked: Approvers,
  { among, how }: There,
  { identity }: ConfigFile,
): readonly (readonly [within: string, message: string])[] {
  const people = identity?.people ?? []
  const groups = new Set([...people.flatMap(groupsOf), ...Object.keys(identity?.slackGroups ?? {})])
  const ids = new Set(people.flatMap(person => person?.id ?? []))
  const strangers = (asked.named ?? []).filter(id => !ids.has(id))
  const few = (whom: Approvers) => {
    const reachable = among(whom).length
    return reachable >= whom.people ? [] : [tooFew(whom, reachable, how) + hint(whom, groups)]
  }
  const { group } = asked.escalate ?? {}
  const escalated = group === undefined ? [] : few({ group, people: 1 })
  return [
    ...strangers.map(id => ['', `nobody of identity.people has the id "${id}"${didYouMean(id, ids)}`] as const),
    ...(strangers.length > 0 ? [] : few(asked)).map(message => ['', message] as const),
    ...escalated.map(message => ['.escalate.group', message] as const),
  ]
}

/** A person counts in one stage only. */
function tooFewForAll(stages: readonly Approvers[], { among, how }: There): string | undefined {
  const needed = stages.reduce((sum, { people }) => sum + people, 0)
  const all = new Set(stages.flatMap(stage => [...among(stage), ...escalatedOf(stage).flatMap(among)])).size
  if (stages.length < 2 || all >= needed) return undefined
  return `the stages need ${needed} people together, as each counts in one of them, and have ${all} ${how} (identity.people)`
}

function escalatedOf({ escalate }: Approvers): readonly Approvers[] {
  return escalate ? [{ group: escalate.group, people: 1 }] : []
}

function tooFew(asked: Approvers, reachable: number, how: string): string {
  const who = asked.named ? `"${approversName(asked)}"` : `group "${asked.group}"`
  return `${who} has ${reachable} of the ${asked.people} people ${how} that are needed (identity.people)`
}

function hint({ group }: Approvers, groups: ReadonlySet<string>): string {
  return group === undefined || groups.has(group) ? '' : didYouMean(group, groups)
}

export function maySignIn(person: ConfigPerson | undefined, { console }: ConfigFile): boolean {
  return Boolean(console && (person?.subject || (console.matchEmail && person?.email)))
}

function isInSlack(person: ConfigPerson | undefined, { slack }: ConfigFile): boolean {
  return Boolean(person?.slack || (slack?.matchEmail && person?.email))
}
