/** Something wrong in a file a person wrote, with the place. `message` never holds the value found there. */
export interface Problem {
  readonly file: string
  /** 1-based; 0 where the file could not be read at all. */
  readonly line: number
  readonly column: number
  /** As a person would say it: `rules[2].when`. Empty for the whole file. */
  readonly path: string
  readonly message: string
  /** A warning does not keep a process from starting. */
  readonly severity?: 'warning'
}

export type Path = readonly (string | number)[]

export function pathText(path: Path): string {
  return path.map((step, i) => (typeof step === 'number' ? `[${step}]` : i === 0 ? step : `.${step}`)).join('')
}

export function isError(problem: Problem): boolean {
  return problem.severity !== 'warning'
}

/** One line a problem, as compilers write them, and a last line that counts. */
export function formatProblems(problems: readonly Problem[]): string {
  const lines = problems.map(({ file, line, column, path, message, severity }) => {
    const place = line > 0 ? `${file}:${line}:${column}` : file
    return [place, path, severity ? `${severity}: ${message}` : message].filter(Boolean).join('  ')
  })
  const errors = problems.filter(isError).length
  const warnings = problems.length - errors
  const count = (n: number, word: string) => `${n} ${word}${n === 1 ? '' : 's'}`
  const counts = [
    errors > 0 || warnings === 0 ? count(errors, 'problem') : '',
    warnings ? count(warnings, 'warning') : '',
  ]
  return [...lines, counts.filter(Boolean).join(', ')].join('\n')
}

/** A configuration or a policy that cannot be used: every problem at once. */
export class ConfigProblems extends Error {
  readonly problems: readonly Problem[]
  constructor(problems: readonly Problem[]) {
    super(formatProblems(problems))
    this.name = 'ConfigProblems'
    this.problems = problems
  }
}

/** `; did you mean "reads"?` where one of the names is close enough, else nothing. */
export function didYouMean(given: string, names: Iterable<string>): string {
  let best: string | undefined
  let bestDistance = Math.max(1, Math.floor(given.length / 3)) + 1
  for (const name of names) {
    const distance = editDistance(given.toLowerCase(), name.toLowerCase())
    if (distance < bestDistance) [best, bestDistance] = [name, distance]
  }
  return best === undefined ? '' : `; did you mean "${best}"?`
}

/** The same, and where none is close all of them, if they are few. */
export function oneOf(given: string, names: readonly string[]): string {
  const near = didYouMean(given, names)
  return near === '' && names.length <= 15 ? `; write one of ${names.join(', ')}` : near
}

/** Edits and swaps of neighbours (optimal string alignment); names longer than 64 characters are never close. */
function editDistance(a: string, b: string): number {
  if (a.length > 64 || b.length > 64) return Number.POSITIVE_INFINITY
  const rows = [Array.from({ length: b.length + 1 }, (_, j) => j)]
  const at = (i: number, j: number) => rows[i]?.[j] ?? 0
  for (let i = 1; i <= a.length; i++) {
    rows[i] = [i]
    for (let j = 1; j <= b.length; j++) {
      const change = at(i - 1, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1)
      const swap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? at(i - 2, j - 2) + 1 : change
      rows[i]?.push(Math.min(change, swap, at(i - 1, j) + 1, at(i, j - 1) + 1))
    }
  }
  return at(a.length, b.length)
}
