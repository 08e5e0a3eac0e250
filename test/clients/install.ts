import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { findBinary } from '#test/services/binary.ts'
import type { Program } from './client.ts'

const execute = promisify(execFile)
const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'querywarden')

/** A virtual environment with exactly these packages, made once and kept between runs. */
export async function python(
  name: string,
  packages: readonly string[],
  script: string,
): Promise<Program | { readonly missing: string }> {
  const found = findBinary('python3')
  if (!found) return { missing: 'no python3' }
  const folder = join(cache, name)
  const command = join(folder, 'bin', 'python')
  try {
    if (!existsSync(command)) await execute(found, ['-m', 'venv', folder])
    await execute(command, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...packages])
  } catch (error) {
    return { missing: `no ${packages.join(' ')}: ${String(error).split('\n').at(-2) ?? ''}` }
  }
  return { command, args: ['-W', 'ignore', script] }
}

/** A Go program, built once for each content of its module and kept between runs. */
export async function go(name: string, folder: string): Promise<Program | { readonly missing: string }> {
  const found = findBinary('go', ['/usr/local/go/bin'])
  if (!found) return { missing: 'no go' }
  const content = createHash('sha256')
  for (const file of readdirSync(folder).sort()) content.update(readFileSync(join(folder, file)))
  const command = join(cache, `${name}-${content.digest('hex').slice(0, 16)}`)
  try {
    if (!existsSync(command)) await execute(found, ['build', '-mod=readonly', '-o', command, '.'], { cwd: folder })
  } catch (error) {
    return { missing: `its program does not build: ${String(error).split('\n').at(-2) ?? ''}` }
  }
  return { command, args: [] }
}
