import { invalidQuery, isWord, type Token } from './google-sql-tokens.ts'

/** What EXPORT DATA and LOAD DATA demand of their options before anything moves; throws `invalidQuery`. */
export function demandTransferOptions(tokens: readonly Token[], type: string): void {
  if (type === 'EXPORT_DATA') {
    const [uri = '', ...others] = textsAfter(tokens, 'URI')
    if (others.length > 0 || !/^gs:\/\/[^*]+\*[^*]*$/.test(uri))
      throw invalidQuery("Option 'uri' of EXPORT DATA must be a single-wildcard URI of Cloud Storage")
    demandFormat(textsAfter(tokens, 'FORMAT'), ['CSV', 'JSON', 'AVRO', 'PARQUET'])
  }
  if (type === 'LOAD_DATA') {
    const uris = textsAfter(tokens, 'URIS')
    if (uris.length === 0 || !uris.every(uri => uri.startsWith('gs://')))
      throw invalidQuery("Option 'uris' of LOAD DATA must name files of Cloud Storage")
    demandFormat(textsAfter(tokens, 'FORMAT'), ['CSV', 'NEWLINE_DELIMITED_JSON', 'JSON', 'AVRO', 'PARQUET', 'ORC'])
  }
}

function demandFormat([format = 'AVRO']: readonly string[], known: readonly string[]): void {
  if (!known.includes(format.toUpperCase())) throw invalidQuery(`Unsupported format: ${format}`)
}

/** The strings of `option = 'x'` and `option = ['x', 'y']`. */
function textsAfter(tokens: readonly Token[], option: string): string[] {
  const at = tokens.findIndex((token, index) => isWord(token, option) && tokens[index + 1]?.text === '=')
  if (at < 0) return []
  const closing = tokens[at + 2]?.text === '[' ? [']'] : [',', ')']
  const end = tokens.findIndex(({ kind, text }, index) => index > at && kind === 'symbol' && closing.includes(text))
  return tokens.slice(at + 2, end).flatMap(({ kind, text }) => (kind === 'string' ? text : []))
}
