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

/** Whether the README shows this table; puts it there first where it `writes`. */
export function readmeAgrees(suite: string, table: string, writes: boolean): boolean {
  const shown = readFileSync(readme, 'utf8')
  const section = new RegExp(`(?<=<!-- played: ${suite} -->\n)[^]*?(?=\n<!-- end -->)`)
  if (!section.test(shown)) return true
  const current = shown.replace(section, () => table)
  if (writes) writeFileSync(readme, current)
  return writes || shown === current
}
