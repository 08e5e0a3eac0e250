import { createInterface } from 'node:readline'
import { explainBatch } from '#src/classify/explain-batch.ts'
import { CommandError, plainJson } from './terminal.ts'

/** `querywarden explain --batch`: JSON Lines from standard input, one judgement a line, in the same order. */
export async function explainCommand(args: readonly string[]): Promise<number> {
  if (args.length !== 1 || args[0] !== '--batch')
    throw new CommandError('Use: querywarden explain --batch < statements.jsonl', 2)
  const lines = createInterface({ input: process.stdin, crlfDelay: Number.POSITIVE_INFINITY })
  await explainBatch(lines, async line => {
    if (!process.stdout.write(`${plainJson(line)}\n`))
      await new Promise<void>(resolve => process.stdout.once('drain', () => resolve()))
  })
  return 0
}
