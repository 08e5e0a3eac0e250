import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import { findBinary } from '#test/services/binary.ts'
import type { Program } from './client.ts'

const execute = promisify(execFile)
const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'querywarden')

/** A Python program in a virtual environment of its own. */
export async function python(
  name: string,
  packages: readonly string[],
  script: string,
): Promise<Program | { readonly missing: string }> {
  const made = await pythonEnvironment(name, packages)
  return 'missing' in made ? made : { command: made.command, args: ['-W', 'ignore', script] }
}

/** A virtual environment with exactly these packages, made once and kept between runs: its folder and its Python. */
export async function pythonEnvironment(
  name: string,
  packages: readonly string[],
): Promise<{ readonly folder: string; readonly command: string } | { readonly missing: string }> {
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
  return { folder, command }
}

/** It runs but for a moment, and is compiled in half the time as it stands. */
const quickly = ['-gcflags=all=-N -l', '-ldflags=-s -w']

/** A Go program, built once for each content of its module and kept between runs. */
export async function go(name: string, folder: string): Promise<Program | { readonly missing: string }> {
  const found = findBinary('go', ['/usr/local/go/bin'])
  if (!found) return { missing: 'no go' }
  const command = builtAt(name, folder)
  try {
    if (!existsSync(command))
      await execute(found, ['build', '-mod=readonly', ...quickly, '-o', command, '.'], { cwd: folder })
  } catch (error) {
    return unbuilt(error)
  }
  return { command, args: [] }
}

/** It ends before a second compiler would pay. */
const shortLived = ['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC']

/** The Java program `Client.java` of a folder and what its `pom.xml` names; built once for each content, and kept. */
export async function java(
  name: string,
  folder: string,
  options: readonly string[] = [],
): Promise<Program | { readonly missing: string }> {
  const [maven, compiler, command] = [findBinary('mvn'), findBinary('javac'), findBinary('java')]
  if (!maven || !compiler || !command) return { missing: 'no Maven, or no JDK' }
  const target = builtAt(name, folder)
  const libraries = join(target, 'lib', '*')
  try {
    if (!existsSync(join(target, 'Client.class'))) {
      const copying = ['dependency:copy-dependencies', `-DoutputDirectory=${join(target, 'lib')}`]
      await execute(maven, ['--batch-mode', '--quiet', ...copying], { cwd: folder })
      await execute(compiler, ['-cp', libraries, '-d', target, join(folder, 'Client.java')])
    }
  } catch (error) {
    return unbuilt(error)
  }
  return { command, args: [...shortLived, ...options, '-cp', [target, libraries].join(delimiter), 'Client'] }
}

/** The version of the library that a program is built with, as its go.mod or pom.xml has it. */
export function builtWith(file: string, library: string): string {
  const [, version] =
    new RegExp(`${library}(?: v|</artifactId>\\s*<version>)([\\d.]+)`).exec(readFileSync(file, 'utf8')) ?? []
  if (!version) throw new Error(`${file} names no ${library}`)
  return version
}

function builtAt(name: string, folder: string): string {
  const content = createHash('sha256')
  for (const file of readdirSync(folder).sort()) content.update(readFileSync(join(folder, file)))
  return join(cache, `${name}-${content.digest('hex').slice(0, 16)}`)
}

function unbuilt(error: unknown): { readonly missing: string } {
  return { missing: `its program does not build: ${String(error).split('\n').at(-2) ?? ''}` }
}
