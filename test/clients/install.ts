import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
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
