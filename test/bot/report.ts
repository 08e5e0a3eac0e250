import { globSync } from 'node:fs'
import { relative } from 'node:path'
import { run } from 'node:test'
import { parseArgs } from 'node:util'

// `npm run test:slack`: everything about Slack, and what it came to in three tables: who may press which button when, who may
// ask for what, and what holds whatever goes wrong. With `--live`, nothing but the cards in a real workspace.

interface Tested {
  readonly file: string
  readonly name: string
  readonly passed: boolean
  readonly why: string
}

const { values } = parseArgs({ options: { live: { type: 'boolean', default: false } } })
const files = values.live ? ['test/bot/live.ts'] : globSync(['test/bot/*.test.ts', 'test/fakes/slack/*.test.ts']).sort()
let skipped = 0
const tested = await play(files)
if (!values.live) {
  printMatrix('who may press which button of a card', of('test/bot/matrix.test.ts'))
  printMatrix('who may ask for what', of('test/bot/command-matrix.test.ts'))
  printRows('what holds when something goes wrong', of('test/bot/faults.test.ts'))
}
for (const { file, name, why } of tested.filter(({ passed }) => !passed))
  console.log(`failed  ${file}: ${name}\n${why}`)
const passed = tested.filter(one => one.passed).length
console.log(`${passed} of ${tested.length} passed, ${skipped} skipped`)
process.exitCode = passed === tested.length && (passed > 0 || values.live) ? 0 : 1

async function play(files: string[]): Promise<Tested[]> {
  const all: Tested[] = []
  type Event = { name: string; file?: string; skip?: string | boolean; details: object }
  const note = (passed: boolean) => (event: Event) => {
    const { type, error } = event.details as { type?: string; error?: { cause?: unknown } }
    if (event.skip) {
      skipped++
      return console.log(`skipped  ${event.name}: ${event.skip}`)
    }
    if (type === 'suite') return
    const file = relative(process.cwd(), event.file ?? '')
    all.push({ file, name: event.name, passed, why: String(error?.cause ?? '') })
    if (process.stdout.isTTY) process.stdout.write(`\r${all.length} …`)
  }
  const stream = run({ files, concurrency: 2, timeout: 900_000 })
  stream.on('test:pass', note(true))
  stream.on('test:fail', note(false))
  stream.on('test:stdout', ({ message }) => values.live && process.stdout.write(message))
  stream.resume()
  await new Promise(resolve => stream.once('close', resolve))
  return all
}

function of(file: string): Tested[] {
  return tested.filter(one => one.file === file)
}

/** A row of letters for each state and actor: what they may do, `·` where they are refused, `!` where the test failed. */
function printMatrix(title: string, all: readonly Tested[]): void {
  const cells = all.flatMap(({ name, passed }) => {
    const [, state = '', action = '', actor = '', outcome = ''] = /^(.*) × (.*) × (.*) → (.*)$/s.exec(name) ?? []
    return state === '' ? [] : [{ state, action, actor, does: !outcome.startsWith('/'), passed }]
  })
  const distinct = (name: 'state' | 'action' | 'actor') => [...new Set(cells.map(cell => cell[name]))]
  const [states, actions, actors] = [distinct('state'), distinct('action'), distinct('actor')]
  const letter = new Map(actions.map((action, at) => [action, letters(actions)[at]]))
  const failed = cells.filter(cell => !cell.passed).length
  console.log(`\n${title}: ${cells.length} cells, ${failed} failed`)
  console.log(`${states.length} states × ${actions.length} actions × ${actors.length} actors; · is refused, in words`)
  console.log(actions.map(action => `${letter.get(action)} ${action}`).join('   '))
  const widths = actors.map(actor => Math.max(actor.length, actions.length) + 2)
  const wide = Math.max(...states.map(state => state.length)) + 2
  console.log(''.padEnd(wide) + actors.map((actor, at) => actor.padEnd(widths[at] ?? 0)).join(''))
  for (const state of states) {
    const row = actors.map((actor, at) => {
      const of = actions.map(action => cells.find(c => c.state === state && c.actor === actor && c.action === action))
      const marks = of.map(cell => (cell ? mark(cell, letter.get(cell.action) ?? '?') : ' '))
      return marks.join('').padEnd(widths[at] ?? 0)
    })
    console.log(state.padEnd(wide) + row.join(''))
  }
}

function mark({ passed, does }: { passed: boolean; does: boolean }, letter: string): string {
  if (!passed) return '!'
  return does ? letter : '·'
}

/** The first letter of each word that no word before it has taken. */
function letters(words: readonly string[]): string[] {
  const taken: string[] = []
  for (const word of words) taken.push([...word].find(letter => !taken.includes(letter)) ?? '?')
  return taken
}

function printRows(title: string, rows: readonly Tested[]): void {
  console.log(`\n${title}: ${rows.length} rows`)
  const faults = rows.map(({ name }) => name.split(' → ')[0] ?? '')
  const wide = Math.max(...faults.map(fault => fault.length)) + 2
  for (const [at, { name, passed }] of rows.entries())
    console.log(`${passed ? '✔' : '✖'} ${faults[at]?.padEnd(wide)}${name.split(' → ')[1]}`)
}
