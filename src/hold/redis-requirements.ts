/** What a Redis must be to hold statements, read from `INFO` alone: hosted ones refuse `CONFIG`. */
interface RedisFindings {
  /** It may not be used like this. Each says how to mend it. */
  readonly refusals: readonly string[]
  /** It may, but somebody should know. */
  readonly warnings: readonly string[]
}

const oldestMajor = 7

/** `info` is the answer to `INFO`. What it does not say counts as wrong. */
export function redisFindings(info: string): RedisFindings {
  const fields = new Map(info.split(/\r?\n/).map(line => [line.split(':')[0], line.slice(line.indexOf(':') + 1)]))
  const refusals: string[] = []
  const warnings: string[] = []
  const version = fields.get('redis_version') ?? 'unknown'
  const policy = fields.get('maxmemory_policy') ?? 'unknown'
  const role = fields.get('role') ?? 'unknown'
  if (!(Number.parseInt(version, 10) >= oldestMajor)) {
    refusals.push(`Redis ${version} is too old: Querywarden needs Redis ${oldestMajor} or newer.`)
  }
  if (role !== 'master') {
    refusals.push(`This Redis is a replica (role ${role}): name the primary in stores.holds.`)
  }
  if (policy !== 'noeviction') {
    refusals.push(
      `This Redis drops keys when memory runs out (maxmemory-policy ${policy}), and a dropped hold is a statement nobody ` +
        'decides. Run: redis-cli CONFIG SET maxmemory-policy noeviction  and put the same line into redis.conf (hosted ' +
        'Redis: set maxmemory-policy in its parameter group).',
    )
  }
  if (fields.get('aof_last_write_status') === 'err') {
    refusals.push('This Redis cannot write its append-only file: free space on its disk, then start again.')
  }
  if (fields.get('aof_enabled') !== '1') {
    warnings.push(
      'This Redis keeps nothing over a restart: waiting statements will need new cards then. ' +
        'Run: redis-cli CONFIG SET appendonly yes  and put the same line into redis.conf.',
    )
  }
  return { refusals, warnings }
}
