import { globSync } from 'node:fs'
import { run } from 'node:test'
import { spec } from 'node:test/reporters'
import { inspect } from 'node:util'
import { ensureServices } from './services/install.ts'

// Runs every test file, each in a process of its own, and ends with one line of counts. With words as arguments only the
// files whose path holds one of them. A skip is a failure where CI=true: what was not tried was not proven.

const words = process.argv.slice(2)
const all = globSync('test/**/*.test.ts').sort()
const files = all.filter(file => words.length === 0 || words.some(word => file.includes(word)))
if (files.length === 0) {
  console.error(`no test file matches ${words.join(', ')}`)
  process.exit(2)
}

ensureServices()

const counts = { passed: 0, failed: 0, skipped: 0 }
const skips: string[] = []
/** Names of failed tests by what they failed with: a stand that does not start fails hundreds of them. */
const failures = new Map<string, string[]>()
// One more than most machines of CI have processors: there is always a file that waits for a time limit.
const stream = run({ files, concurrency: 3, timeout: 600_000 })
stream.on('test:pass', ({ name, file, skip, details }) => {
  // A suite passes by its tests, but none of them is heard of where it is skipped.
  if (skip === undefined) counts.passed += details.type === 'suite' ? 0 : 1
  else {
    counts.skipped++
    skips.push(`${file}: ${name} (${skip === true ? 'no reason given' : skip})`)
  }
})
stream.on('test:fail', ({ name, file, details }) => {
  const { cause, failureType, message } = details.error as Error & { failureType?: string }
  // A suite fails with its tests; what its hooks do is in none of them.
  if (details.type === 'suite' && failureType !== 'hookFailed') return
  counts.failed++
  // What was thrown comes from another process: an error there may be any object here.
  const thrown = (cause as { readonly message?: unknown } | undefined)?.message ?? cause ?? message
  const [reason] = (typeof thrown === 'string' ? thrown : inspect(thrown)).split('\n')
  const why = `${file}: ${reason?.slice(0, 500)}`
  failures.set(why, [...(failures.get(why) ?? []), name])
})
stream.compose(spec).pipe(process.stdout)
stream.on('end', () => {
  for (const skip of skips) console.log(`skipped  ${skip}`)
  for (const [why, names] of failures) {
    console.log(`failed   ${why}`)
    for (const name of names.slice(0, 5)) console.log(`           ${name}`)
    if (names.length > 5) console.log(`           and ${names.length - 5} more`)
  }
  const ci = process.env.CI === 'true'
  if (ci && counts.skipped > 0) console.log('a skip is a failure where CI=true')
  const { passed, failed, skipped } = counts
  process.exitCode = failed > 0 || passed === 0 || (ci && skipped > 0) ? 1 : 0
  setImmediate(() => console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`))
})
