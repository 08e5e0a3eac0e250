import { Secret } from './secret.ts'

/**
 * `now`, in which each part that says what it said `before` is the same object as before: whoever made something of a part (a
 * connection to a warehouse, a credential, a key) sees by `===` whether it has to make it anew. For plain, frozen values.
 */
export function keepUnchanged<T>(before: T, now: T): T {
  return keep(before, now) as T
}

function keep(before: unknown, now: unknown): unknown {
  if (before instanceof Secret && now instanceof Secret) return before.reveal() === now.reveal() ? before : now
  if (!isPlain(before) || !isPlain(now) || Array.isArray(before) !== Array.isArray(now)) return now
  const had = (name: string) => (Object.hasOwn(before, name) ? before[name] : undefined)
  const parts = Object.entries(now).map(([name, part]) => [name, keep(had(name), part)] as const)
  const same = parts.every(([name, part]) => Object.hasOwn(before, name) && part === before[name])
  if (same && parts.length === Object.keys(before).length) return before
  return Object.freeze(Array.isArray(now) ? parts.map(([, part]) => part) : Object.fromEntries(parts))
}

function isPlain(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !(value instanceof Secret)
}
