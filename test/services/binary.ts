import { accessSync, constants, existsSync, readdirSync } from 'node:fs'
import { delimiter, join } from 'node:path'

/** The path of a program: on PATH, or in one of `folders` (the last one first, so that a newer version wins). */
export function findBinary(name: string, folders: readonly string[] = []): string | undefined {
  const path = (process.env.PATH ?? '').split(delimiter)
  return [...path, ...[...folders].sort().reverse()]
    .map(folder => join(folder, name))
    .find(file => {
      try {
        accessSync(file, constants.X_OK)
        return true
      } catch {
        return false
      }
    })
}

/** Where distributions put PostgreSQL's servers, off the PATH. */
export function postgresFolders(): string[] {
  const root = '/usr/lib/postgresql'
  return existsSync(root) ? readdirSync(root).map(version => join(root, version, 'bin')) : []
}

/** Says once why tests of a service do not run. In CI a missing service is a failure, not a note. */
export function missing(service: string, remedy: string): undefined {
  const message = `${service} is not here: ${remedy}`
  if (process.env.CI === 'true') throw new Error(message)
  console.error(`# ${message}`)
  return undefined
}
