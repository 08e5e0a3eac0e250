/**
 * Keeps the allowed fields of a log line. Whatever else is handed in, by a spread, which the compiler lets pass, stays out: an
 * allow-list cannot forget a secret.
 */
export function onlyFields(allowed: Readonly<Record<string, true>>) {
  return (fields: object): Record<string, unknown> =>
    Object.fromEntries(Object.entries(fields).filter(([name]) => Object.hasOwn(allowed, name)))
}
