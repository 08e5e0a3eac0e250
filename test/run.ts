import { globSync } from 'node:fs'
import { run } from 'node:test'
import { spec } from 'node:test/reporters'
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
const failures: string[] = []
// One more than most machines of CI have processors: there is always a file that waits for a time limit.
const stream = run({ files, concurrency: 3, timeout: 600_000 })
stream.on('test:pass', ({ name, file, skip, details }) => {
  if (details.type === 'suite') return
  if (skip === undefined) counts.passed++
  else {
    counts.skipped++
    skips.push(`${file}: ${name} (${skip === true ? 'no reason given' : skip})`)
  }
})
stream.on('test:fail', ({ name, file, details }) => {
  if (details.type === 'suite') return
  counts.failed++
  failures.push(`${file}: ${name}`)
})
stream.compose(spec).pipe(process.stdout)
stream.on('end', () => {
  for (const skip of skips) console.log(`skipped  ${skip}`)
  for (const failure of failures) console.log(`failed   ${failure}`)
  const ci = process.env.CI === 'true'
  if (ci && counts.skipped > 0) console.log('a skip is a failure where CI=true')
  const { passed, failed, skipped } = counts
  process.exitCode = failed > 0 || passed === 0 || (ci && skipped > 0) ? 1 : 0
  setImmediate(() => console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`))
})
