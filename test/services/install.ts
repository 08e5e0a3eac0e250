import { spawnSync } from 'node:child_process'
import { findBinary, postgresFolders } from './binary.ts'

/**
 * Makes sure that redis-server and PostgreSQL (in CI also Chromium) are there for the tests, where this machine lets us:
 * as root, with apt. Says briefly what it did; never throws.
 */
export function ensureServices(): void {
  const wanted = [
    ...(findBinary('redis-server') ? [] : ['redis-server']),
    ...(findBinary('postgres', postgresFolders()) ? [] : ['postgresql']),
    // Half a gigabyte: where nobody waits for it, and not on somebody's own machine.
    ...(process.env.CI !== 'true' || findBinary('chromium') ? [] : ['chromium']),
  ]
  if (wanted.length === 0) {
    console.log('everything the tests need is here')
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
