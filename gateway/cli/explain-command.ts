import { parseArgs } from 'node:util'
import { createClassifier } from '#src/classify/classify.ts'
import { explainBatch } from '#src/classify/explain-batch.ts'
import { loadPolicyFile } from '#src/config/watch.ts'
import { decisionInputOf } from '#src/decide/asked.ts'
import { type ExplainedRule, explainRules } from '#src/decide/decide.ts'
import { spentScopes } from '#src/decide/policy.ts'
import { askedFromOptions, askedOptions } from './asked-options.ts'
import { jsonLines } from './json-lines.ts'
import { type Judgement, judgeWith, understandOffline } from './judge-offline.ts'
import { showClassification, showJudgement } from './show-judgement.ts'
import { CommandError, plainJson, print, printJson } from './terminal.ts'

/**
 * `querywarden explain "SQL"`: what a statement does and what a policy makes of it, without gateway and warehouse. Exits 0
 * whatever the answer is. With `--batch`: JSON Lines from standard input, one judgement a line, in the same order.
 */
export async function explainCommand(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { ...askedOptions, json: { type: 'boolean', default: false }, batch: { type: 'boolean', default: false } },
  })
  if (values.batch && args.length === 1) return explainLines()
  const [sql, ...more] = positionals
  if (!sql?.trim() || more.length > 0 || values.batch)
    throw new CommandError('Use: explain "SQL" --dialect snowflake|bigquery, or explain --batch < statements.jsonl', 2)
  const { asked, policyFile } = askedFromOptions(sql, values)
  const policy = policyFile === undefined ? undefined : loadPolicyFile(policyFile)
  const classifier = createClassifier({ workers: 1, warmUpMs: 0 })
  try {
    const classification = await understandOffline(classifier, asked)
    const judgement =
      policy && judgeWith(policy, decisionInputOf(asked, classification, Date.now(), spentScopes(policy)))
    const rules = judgement && explainRules(policy, judgement.seen)
    if (values.json) printJson({ classification, ...(rules && jsonOf(rules, judgement)) })
    else {
      showClassification(classification)
      if (rules) {
        print(`\n  ${policyFile}`)
        showJudgement(rules, judgement)
        if (!asked.spent && spentScopes(policy).length > 0) print('\n  Without --spent nothing was spent before.')
      }
    }
    return 0
  } finally {
    await classifier.close()
  }
}

function jsonOf(rules: readonly ExplainedRule[], { decision, masks, offer, lacksEstimate }: Judgement): object {
  return {
    rules: rules.map(({ rule: { name, effect, line }, ...trace }) => ({ name, effect, line, ...trace })),
    decision,
    masks,
    ...(offer ? { offer } : {}),
    lacksEstimate,
  }
}

async function explainLines(): Promise<number> {
  await explainBatch(jsonLines(process.stdin.setEncoding('utf8')), async line => {
    if (!process.stdout.write(`${plainJson(line)}\n`))
      await new Promise<void>(resolve => process.stdout.once('drain', () => resolve()))
  })
  return 0
}
