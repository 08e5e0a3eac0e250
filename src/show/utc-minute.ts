/** `2026-11-21 14:02 UTC`, where nothing shows the reader's own time zone. */
export function utcMinute(at: number): string {
  return `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC`
}
