import { readFileSync, writeFileSync } from 'node:fs'

export type Mark = 'passed' | 'failed' | 'not tried'

const signs: Readonly<Record<Mark, string>> = { passed: '✔', failed: '✖', 'not tried': '–' }

/** What every client made of every scenario, as Markdown. `marks`: by client, then by scenario. */
export function supportTable(marks: ReadonlyMap<string, ReadonlyMap<string, Mark>>): string {
  const clients = [...marks.keys()]
  const scenarios = [...(marks.values().next().value?.keys() ?? [])]
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  return [
    line(['', ...clients]),
    line(['---', ...clients.map(() => ':-:')]),
    ...scenarios.map(name =>
      line([name, ...clients.map(client => signs[marks.get(client)?.get(name) ?? 'not tried'])]),
    ),
  ].join('\n')
}

const readme = 'README.md'
const sectionOf = (suite: string) => new RegExp(`(?<=<!-- played: ${suite} -->\n)[^]*?(?=\n<!-- end -->)`)

/** The table of a suite as the README shows it. */
export function shownTable(suite: string): string | undefined {
  return sectionOf(suite).exec(readFileSync(readme, 'utf8'))?.[0]
}

/** Whether the README shows this table; puts it into its place there first where it `writes`. */
export function readmeAgrees(suite: string, table: string, writes: boolean): boolean {
  if (writes)
    writeFileSync(
      readme,
      readFileSync(readme, 'utf8').replace(sectionOf(suite), () => table),
    )
  return shownTable(suite) === table
}
