/** A transaction reports the failure of each command beside it, instead of rejecting. */
export function allAnswers(replies: [error: Error | null, answer: unknown][] | null): unknown[] {
  return (replies ?? []).map(([error, answer]) => {
    if (error) throw error
    return answer
  })
}

/** Ids of several `WITHSCORES` answers, by score and then by id. */
export function oldestFirst(answers: readonly (readonly string[])[]): string[] {
  const scored = new Map<string, number>()
  for (const answer of answers) {
    for (let n = 0; n + 1 < answer.length; n += 2) scored.set(answer[n] ?? '', Number(answer[n + 1]))
  }
  return [...scored].sort(([a, first], [b, second]) => first - second || (a < b ? -1 : 1)).map(([id]) => id)
}

/** The client's errors carry the command with its arguments, so only the first word of what Redis said is kept. */
export function redisDetail(error: unknown): string {
  if (error instanceof Error && error.name === 'ReplyError') {
    return `Redis answered ${/^[A-Z]+/.exec(error.message)?.[0] ?? 'an error'}`
  }
  if (error instanceof Error && 'code' in error) return `Redis: ${error.code}`
  return 'Redis cannot be reached'
}
