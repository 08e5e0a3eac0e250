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
import { noon, readCases } from './read-cases.ts'
import { decidingReasons, showRules } from './show-judgement.ts'
import { CommandError, plain, print } from './terminal.ts'

/** `querywarden policy test FILE`: every case that comes out otherwise than it expects. Exits 1 where there is one. */
export async function testCommand(args: readonly string[]): Promise<number> {
  const options = { policy: { type: 'string' } } as const
  const { values, positionals } = parseArgs({ args: [...args], allowPositionals: true, options })
  const [file, ...more] = positionals
  const policyFile = values.policy ?? (file && policyBeside(file))
  if (!file || !policyFile || more.length > 0)
    throw new CommandError('Use: policy test FILE --policy POLICY (for NAME.test.yaml, NAME.yaml if left out)', 2)
  const cases = readCases(file)
  const policy = loadPolicyFile(policyFile)
  const classifier = createClassifier({ workers: 1, warmUpMs: 0 })
  try {
    let failed = 0
    for (const each of cases) if (!(await passes(classifier, policy, each, file))) failed++
    print(`${cases.length - failed} passed, ${failed} failed`)
    return failed > 0 ? 1 : 0
  } finally {
    await classifier.close()
  }
}

function policyBeside(file: string): string | undefined {
  const [, name, ending] = /^(.+)\.test\.(ya?ml)$/.exec(file) ?? []
  return name && `${name}.${ending}`
}

async function passes(
  classifier: Classifier,
  policy: LoadedPolicy,
  { name, line, asked, expect }: PolicyCase,
  file: string,
): Promise<boolean> {
  const unasked = unaskedWindows(policy, asked)
  if (unasked.length > 0) {
    print(`✖ ${plain(name)}  ${file}:${line}`)
    for (const window of unasked) print(`    spent     no rule asks about ${window}\n`)
    return false
  }
  const { decision, seen, masks, offer, classification } = await judgeOffline(classifier, policy, asked, noon)
  const { hazards, understood } = classification
  const shape = offer ? { shape: offer.shape } : {}
  const misses = missesOf(expect, { decision, hazards, masked: maskedNames(masks), ...shape })
  if (misses.length === 0) return true
  print(`✖ ${plain(name)}  ${file}:${line}`)
  for (const { what, expected, actual } of misses)
    print(`    ${what.padEnd(9)} expected ${plain(expected)}, actual ${plain(actual)}`)
  for (const { because } of decidingReasons(decision)) print(`    ${plain(because)}`)
  if (understood && expect.verdict === 'allow' && hazards.length > 0) print(`    hazards: ${hazards.join(', ')}`)
  showRules(explainRules(policy, seen), decision, '      ')
  print()
  return false
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
