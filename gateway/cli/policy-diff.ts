import { createReadStream } from 'node:fs'
import { parseArgs } from 'node:util'
import type { Classifier } from '#src/classify/classification.ts'
import { createClassifier } from '#src/classify/classify.ts'
import { ConfigProblems } from '#src/config/problem.ts'
import { fileError } from '#src/config/secret-reader.ts'
import { loadPolicyFile } from '#src/config/watch.ts'
import { type Asked, decisionInputOf } from '#src/decide/asked.ts'
import { askedOfLine } from '#src/decide/asked-lines.ts'
import { ChangeTally } from '#src/decide/compare-decisions.ts'
import { type LoadedPolicy, spentScopes } from '#src/decide/policy.ts'
import { count } from '#src/show/facts.ts'
import { jsonLines } from './json-lines.ts'
import { judgeWith, understandOffline } from './judge-offline.ts'
import { Progress } from './progress.ts'
import { noon, readCases } from './read-cases.ts'
import { judgedOf, printChanges, showChanges, showWithoutEstimate } from './show-changes.ts'
import { CommandError, print } from './terminal.ts'

/** `querywarden policy diff OLD NEW FILE…`: which of these statements another policy would judge differently. */
export async function diffCommand(args: readonly string[]): Promise<number> {
  const options = { json: { type: 'boolean', default: false } } as const
  const { values, positionals } = parseArgs({ args: [...args], allowPositionals: true, options })
  const [before, after, ...files] = positionals
  if (!before || !after || files.length === 0)
    throw new CommandError('Use: policy diff OLD NEW FILE… (cases in YAML, or statements in JSON Lines)', 2)
  const policies = [loadPolicyFile(before), loadPolicyFile(after)] as const
  const tally = new ChangeTally()
  let withoutEstimate = 0
  const classifier = createClassifier({ workers: 1, warmUpMs: 0 })
  const progress = new Progress('statements')
  try {
    for (const file of files)
      for await (const { id, asked } of statementsOf(file)) {
        if (await compare(classifier, policies, id, asked, tally)) withoutEstimate++
        progress.show(tally.statements)
      }
  } finally {
    progress.end()
    await classifier.close()
  }
  if (values.json) printChanges(tally, { withoutEstimate })
  else {
    print(`  ${before} → ${after}`)
    showChanges(tally, 'statements')
    showWithoutEstimate(
      `${count(withoutEstimate)} without an estimate that one of these policies asks for`,
      withoutEstimate,
    )
  }
  return 0
}

/** Whether one of the policies asks for an estimate that the statement came without. */
async function compare(
  classifier: Classifier,
  [before, after]: readonly [LoadedPolicy, LoadedPolicy],
  id: string,
  asked: Asked,
  tally: ChangeTally,
): Promise<boolean> {
  const scopes = [...spentScopes(before), ...spentScopes(after)]
  const input = decisionInputOf(asked, await understandOffline(classifier, asked), noon, scopes)
  const [old, now] = [judgeWith(before, input), judgeWith(after, input)]
  tally.add(id, judgedOf(old, old.lacksEstimate), judgedOf(now, now.lacksEstimate))
  return old.lacksEstimate || now.lacksEstimate
}

interface Named {
  readonly id: string
  readonly asked: Asked
}

/** Throws `ConfigProblems` at the first line that is no statement: what comes after it would be counted without it. */
async function* statementsOf(file: string): AsyncGenerator<Named> {
  if (/\.ya?ml$/.test(file)) {
    for (const { name, asked } of readCases(file)) yield { id: name, asked }
    return
  }
  let number = 0
  for await (const text of linesOf(file)) {
    number++
    if (text.trim() === '') continue
    const read = askedOfLine(text, file, number)
    if ('problems' in read) throw new ConfigProblems(read.problems)
    yield read
  }
}

async function* linesOf(file: string): AsyncGenerator<string> {
  try {
    yield* jsonLines(createReadStream(file, 'utf8'))
  } catch (error) {
    throw new ConfigProblems([{ file, line: 0, column: 0, path: '', message: fileError(error) }])
  }
}
