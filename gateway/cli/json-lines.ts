/**
 * The lines of a text, split at line feeds alone: `node:readline` also splits at U+2028 and U+2029, which JSON lets stand inside of
 * a string.
 */
export async function* jsonLines(text: AsyncIterable<string>): AsyncGenerator<string> {
  let rest = ''
  for await (const chunk of text) {
    const [end = '', ...lines] = chunk.split('\n')
    rest += end
    if (lines.length === 0) continue
    yield rest
    rest = lines.pop() ?? ''
    yield* lines
  }
  if (rest !== '') yield rest
}
