/**
 * The shortest text found for which `holds` still does, by taking ever smaller pieces away. Asks at most `most` times.
 */
export async function shrunk(text: string, holds: (text: string) => Promise<boolean>, most = 600): Promise<string> {
  let shortest = text
  let asked = 0
  for (let size = Math.ceil(text.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let at = 0; at < shortest.length && asked < most; ) {
      const shorter = shortest.slice(0, at) + shortest.slice(at + size)
      asked += 1
      if (await holds(shorter)) shortest = shorter
      else at += size
    }
  }
  return shortest
}
