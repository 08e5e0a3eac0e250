import { findHint } from './parse-find.ts'

export const commandHelp: readonly (readonly [usage: string, words: string])[] = [
  ['find WORDS', 'sessions, newest first'],
  ['show ID', 'one session, step by step'],
  ['replay ID', 'walk through it: statement, verdict, reviewers, credential, masked rows'],
  ['why ID', 'which rule, on what grounds, and what would have changed it'],
  ['kill ID REASON', 'operators: end what waits or runs, and what it left open; the agent reads the reason'],
  ['pause AGENT [for 2h] REASON', 'operators: from now on every statement of the agent waits for people'],
  ['resume AGENT', 'operators: the policy decides again'],
  ['grants', 'shapes that run without asking now, each with a button that ends it'],
  ['pending', 'what waits for people now'],
  ['reviews', 'what somebody released alone, and nobody has reviewed since'],
  ['link', 'sign in, so that this Slack account counts as you'],
  ['unlink', 'end that'],
  ['help', 'this list'],
]

export function help(problem?: string): { text: string } {
  const lines = commandHelp.map(([usage, words]) => `\`/qw ${usage}\`  ${words}`)
  const note = 'You see what your groups may see; every look-up is on record.'
  return { text: [...(problem ? [problem] : []), ...lines, `Find with ${findHint}`, note].join('\n') }
}
