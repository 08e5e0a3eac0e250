import { holdStates } from './hold.ts'
import { reservedMilliseconds } from './hold-store.ts'

/**
 * The moves of the hold store, as scripts that Redis runs alone among all clients. A hold is a HASH of `version`, `state` and
 * `body` (the whole hold as JSON); what indexes it changes in the same script. All keys of a script carry the same hash tag,
 * so they share a slot of a cluster. The clock is Redis's own (`TIME`).
 */
const clock = `local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
`

/** After its expiry a hold stays readable this long; only then is it garbage. Milliseconds. */
const kept = 24 * 3_600_000

const keep = `local collect = math.max(tonumber(ARGV[1]), now) + ${kept}
redis.call('PEXPIREAT', KEYS[1], collect)
redis.call('ZADD', KEYS[3], collect, ARGV[2])
redis.call('XADD', KEYS[4], 'MAXLEN', '~', 100000, '*', 'hold', ARGV[2])
`

/**
 * KEYS: hold, waiting ones of this principal and digest, garbage, changes, places of this principal, index of its state.
 * ARGV: expiresAt, id, createdAt, version, state, body. 1 where it was put, 0 where the id is taken.
 */
const createHold = `${clock}if redis.call('EXISTS', KEYS[1]) == 1 then return 0 end
redis.call('HSET', KEYS[1], 'version', ARGV[4], 'state', ARGV[5], 'body', ARGV[6])
redis.call('ZADD', KEYS[6], ARGV[3], ARGV[2])
${keep}if ARGV[5] == 'pending' then
  redis.call('ZADD', KEYS[5], collect, ARGV[2])
  if redis.call('PEXPIRETIME', KEYS[5]) < collect then redis.call('PEXPIREAT', KEYS[5], collect) end
end
if ARGV[5] == 'pending' or ARGV[5] == 'approved' then
  redis.call('ZADD', KEYS[2], ARGV[3], ARGV[2])
  if redis.call('PEXPIRETIME', KEYS[2]) < collect then redis.call('PEXPIREAT', KEYS[2], collect) end
end
return 1`

/**
 * KEYS: as above with the index of the old state, then that of the new one.
 * ARGV: expiresAt, id, createdAt, version and state as expected, version, state and body to come, before (0: whenever).
 */
const replaceHold = `${clock}local stored = redis.call('HMGET', KEYS[1], 'version', 'state')
if stored[1] ~= ARGV[4] or stored[2] ~= ARGV[5] then return 'conflict' end
if tonumber(ARGV[9]) > 0 and now >= tonumber(ARGV[9]) then return 'late' end
redis.call('HSET', KEYS[1], 'version', ARGV[6], 'state', ARGV[7], 'body', ARGV[8])
redis.call('ZREM', KEYS[6], ARGV[2])
redis.call('ZADD', KEYS[7], ARGV[3], ARGV[2])
if ARGV[7] ~= 'pending' then redis.call('ZREM', KEYS[5], ARGV[2]) end
if ARGV[7] ~= 'pending' and ARGV[7] ~= 'approved' then redis.call('ZREM', KEYS[2], ARGV[2]) end
${keep}return 'replaced'`

/** KEYS: places of a principal. ARGV: id, how many there are. 1 where it has one of them, 0 where all are taken by others. */
const reservePlace = `${clock}redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
if redis.call('ZSCORE', KEYS[1], ARGV[1]) then return 1 end
if redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[2]) then return 0 end
local free = now + ${reservedMilliseconds}
redis.call('ZADD', KEYS[1], free, ARGV[1])
if redis.call('PEXPIRETIME', KEYS[1]) < free then redis.call('PEXPIREAT', KEYS[1], free) end
return 1`

/** KEYS: garbage, then the index of every state. Takes what Redis has let go of out of the indexes, a little at a time. */
const collectHolds = `${clock}local gone = redis.call('ZRANGE', KEYS[1], '-inf', now, 'BYSCORE', 'LIMIT', 0, 100)
for _, id in ipairs(gone) do
  for _, index in ipairs(KEYS) do redis.call('ZREM', index, id) end
end
return #gone`

/** Takes `member` out of what is counted for an owner. */
const drop = `local function drop(member)
  local size = redis.call('HGET', KEYS[3], member)
  if size then
    redis.call('HDEL', KEYS[3], member)
    redis.call('HINCRBY', KEYS[3], 'all', -tonumber(size))
  end
  redis.call('ZREM', KEYS[2], member)
end
`

/**
 * KEYS: a kept text; of its owner, which ones are kept until when, and how long each is and all are.
 * ARGV: its name among them, text, seconds, the text that has to be there still or nothing, and how long all may be.
 * 1 where it was kept, 0 where that is there no more, -1 where all would be too long.
 */
const keepText = `${clock}${drop}for _, member in ipairs(redis.call('ZRANGE', KEYS[2], '-inf', now, 'BYSCORE')) do drop(member) end
if ARGV[4] ~= '' and redis.call('GET', KEYS[1]) ~= ARGV[4] then return 0 end
local before = tonumber(redis.call('HGET', KEYS[3], ARGV[1]) or 0)
local all = tonumber(redis.call('HGET', KEYS[3], 'all') or 0) - before + #ARGV[2]
if all > tonumber(ARGV[5]) then return -1 end
redis.call('SET', KEYS[1], ARGV[2], 'EX', ARGV[3])
redis.call('ZADD', KEYS[2], now + ARGV[3] * 1000, ARGV[1])
redis.call('HSET', KEYS[3], ARGV[1], #ARGV[2], 'all', all)
redis.call('PEXPIRE', KEYS[2], ${kept})
redis.call('PEXPIRE', KEYS[3], ${kept})
return 1`

/** KEYS: as above. ARGV: its name among them. */
const forgetText = `${drop}drop(ARGV[1])
return redis.call('DEL', KEYS[1])`

export const holdScripts = {
  createHold: { lua: createHold, numberOfKeys: 6 },
  replaceHold: { lua: replaceHold, numberOfKeys: 7 },
  reservePlace: { lua: reservePlace, numberOfKeys: 1 },
  keepText: { lua: keepText, numberOfKeys: 3 },
  forgetText: { lua: forgetText, numberOfKeys: 3 },
  collectHolds: { lua: collectHolds, numberOfKeys: holdStates.length + 1 },
} as const
