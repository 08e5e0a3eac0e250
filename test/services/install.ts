import { spawnSync } from 'node:child_process'
import { findBinary, postgresFolders } from './binary.ts'

/**
 * Makes sure that redis-server and PostgreSQL are there for the tests, where this machine lets us: as root, with apt. Says
 * briefly what it did; never throws.
 */
export function ensureServices(): void {
  const wanted = [
    ...(findBinary('redis-server') ? [] : ['redis-server']),
    ...(findBinary('postgres', postgresFolders()) ? [] : ['postgresql']),
  ]
  if (wanted.length === 0) {
    console.log('redis-server and PostgreSQL are here')
    return
  }
  if (process.getuid?.() !== 0 || !findBinary('apt-get')) {
    console.log(`Missing: ${wanted.join(', ')}. Install them with this machine's package manager.`)
    return
  }
  const options = { encoding: 'utf8', env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } } as const
  spawnSync('apt-get', ['update', '-q'], options)
  const { status, stderr } = spawnSync(
    'apt-get',
    ['install', '-y', '-q', '--no-install-recommends', ...wanted],
    options,
  )
  console.log(status === 0 ? `Installed ${wanted.join(', ')}` : `apt-get failed:\n${stderr.trim().slice(-500)}`)
}

if (import.meta.main) ensureServices()
