import { parseArgs } from 'node:util'
import type { Classifier } from '#src/classify/classification.ts'
import { createClassifier } from '#src/classify/classify.ts'
import { durationText } from '#src/config/units.ts'
import { loadPolicyFile } from '#src/config/watch.ts'
import type { Asked } from '#src/decide/asked.ts'
import { explainRules } from '#src/decide/decide.ts'
import { type LoadedPolicy, spentScopes } from '#src/decide/policy.ts'
import { missesOf, type PolicyCase } from '#src/decide/policy-cases.ts'
import { sameScope } from '#src/decide/spending.ts'
import { maskedNames } from '#src/mask/predict-masks.ts'
import { judgeOffline } from './judge-offline.ts'
import { Progress } from './progress.ts'
import { noon, readCases } from './read-cases.ts'
import { decidingReasons, showRules } from './show-judgement.ts'
import { CommandError, plain, print, printJson } from './terminal.ts'

/** `querywarden policy test FILE`: every case that comes out otherwise than it expects. Exits 1 where there is one. */
export async function testCommand(args: readonly string[]): Promise<number> {
  const options = { policy: { type: 'string' }, json: { type: 'boolean', default: false } } as const
  const { values, positionals } = parseArgs({ args: [...args], allowPositionals: true, options })
  const [file, ...more] = positionals
  const use = 'Use: policy test FILE --policy POLICY (for NAME.test.yaml, NAME.yaml if left out)'
  if (!file || more.length > 0) throw new CommandError(use, 2)
  const cases = readCases(file)
  const policyFile = values.policy ?? policyBeside(file)
  if (!policyFile) throw new CommandError(`${file} is not named NAME.test.yaml: say which policy. ${use}`, 2)
  const policy = loadPolicyFile(policyFile)
  const classifier = createClassifier({ workers: 1, warmUpMs: 0 })
  const progress = new Progress('cases')
  try {
    const failures: Failure[] = []
    for (const [done, each] of cases.entries()) {
      progress.show(done)
      const failure = await failureOf(classifier, policy, each)
      if (!failure) continue
      failures.push(failure)
      progress.end()
      if (!values.json) showFailure(failure, file)
    }
    progress.end()
    const passed = cases.length - failures.length
    if (values.json) printJson({ passed, failed: failures.map(({ name, line, misses }) => ({ name, line, misses })) })
    else print(`${passed} passed, ${failures.length} failed`)
    return failures.length > 0 ? 1 : 0
  } finally {
    progress.end()
    await classifier.close()
  }
}

function policyBeside(file: string): string | undefined {
  const [, name, ending] = /^(.+)\.test\.(ya?ml)$/.exec(file) ?? []
  return name && `${name}.${ending}`
}

interface Failure {
  readonly name: string
  readonly line: number
  readonly misses: readonly { readonly what: string; readonly expected: string; readonly actual: string }[]
  /** For people: why it came out as it did. */
  readonly show: () => void
}

async function failureOf(
  classifier: Classifier,
  policy: LoadedPolicy,
  { name, line, asked, expect }: PolicyCase,
): Promise<Failure | undefined> {
  const unasked = unaskedWindows(policy, asked)
  if (unasked.length > 0) {
    const misses = unasked.map(window => ({ what: 'spent', expected: window, actual: 'no rule asks about it' }))
    return { name, line, misses, show: () => print() }
  }
  const { decision, seen, masks, offer, classification } = await judgeOffline(classifier, policy, asked, noon)
  const { hazards, understood } = classification
  const shape = offer ? { shape: offer.shape } : {}
  const misses = missesOf(expect, { decision, hazards, masked: maskedNames(masks), ...shape })
  if (misses.length === 0) return undefined
  const show = () => {
    for (const { because } of decidingReasons(decision)) print(`    ${plain(because)}`)
    if (understood && expect.verdict === 'allow' && hazards.length > 0) print(`    hazards: ${hazards.join(', ')}`)
    showRules(explainRules(policy, seen), decision, '      ')
    print()
  }
  return { name, line, misses, show }
}

function showFailure({ name, line, misses, show }: Failure, file: string): void {
  print(`✖ ${plain(name)}  ${file}:${line}`)
  for (const { what, expected, actual } of misses)
    print(`    ${what.padEnd(9)} expected ${plain(expected)}, actual ${plain(actual)}`)
  show()
}

/** What a case says was spent where no rule looks: it would pass or fail without it all the same. */
function unaskedWindows(policy: LoadedPolicy, { spent = [] }: Asked): readonly string[] {
  const scopes = spentScopes(policy)
  return spent
    .filter(given => !scopes.some(scope => sameScope(scope, given)))
    .map(
      ({ group, seconds }) =>
        `${durationText(seconds)} of ${group === undefined ? 'the agent' : `group ${plain(group)}`}`,
    )
}
