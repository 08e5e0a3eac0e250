import { isUtf8 } from 'node:buffer'
import { traitsOf } from './text-traits.ts'

/** Masks what is found in bytes; the answer is the same bytes where nothing is. */
export type MaskBytes = (bytes: Buffer) => Buffer | null

type Look = (text: string, traits: number) => string | null

/** Bytes that are a text, or that hold texts of ASCII beside others, as messages and documents do. */
export function maskBytes(look: Look): MaskBytes {
  return bytes => {
    const encoding = isUtf8(bytes) ? 'utf8' : 'latin1'
    const text = bytes.toString(encoding)
    const masked = encoding === 'utf8' ? look(text, traitsOf(text)) : maskWords(text, look)
    if (masked === text) return bytes
    return masked === null ? null : Buffer.from(masked, encoding)
  }
}

/** As long as the shortest address is. */
const words = /[\t\n\r -~]{6,}/g

function maskWords(text: string, look: Look): string | null {
  let whole = true
  const masked = text.replace(words, word => {
    const left = look(word, traitsOf(word))
    whole &&= left !== null
    return left ?? ''
  })
  return whole ? masked : null
}

/** The same of bytes that come as text. */
export function maskEncoded(mask: MaskBytes, encoding: 'hex' | 'base64'): (text: string) => string | null {
  return text => {
    const bytes = Buffer.from(text, encoding)
    const masked = mask(bytes)
    if (masked === bytes || masked === null) return masked && text
    return encoding === 'hex' ? masked.toString('hex').toUpperCase() : masked.toString('base64')
  }
}
