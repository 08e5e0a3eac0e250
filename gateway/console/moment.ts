/** `in 27 min (15:32 UTC)`: nothing here knows the reader's time zone, so it counts instead. Milliseconds since the epoch. */
export function momentWords(at: number, now: number): string {
  const utc = `${new Date(at).toISOString().slice(11, 16)} UTC`
  const day = new Date(at).toISOString().slice(0, 10)
  const when = day === new Date(now).toISOString().slice(0, 10) ? utc : `${day} ${utc}`
  return at > now ? `in ${spanWords(at - now)} (${when})` : `${spanWords(now - at)} ago (${when})`
}

function spanWords(milliseconds: number): string {
  const minutes = Math.floor(milliseconds / 60_000)
  if (minutes < 1) return `${Math.floor(milliseconds / 1_000)} s`
  if (minutes < 120) return `${minutes} min`
  return minutes < 2_880 ? `${Math.floor(minutes / 60)} h` : `${Math.floor(minutes / 1_440)} days`
}
