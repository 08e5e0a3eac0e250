import { idNames } from './detect-national-ids.ts'
import { phoneNames } from './detect-numbers.ts'
import { settingNames } from './detect-passwords.ts'
import type { MaskText } from './mask-value.ts'

/** Names that detectors go by, where nothing in a value says what it is; of numbers cards too. */
const telling = new RegExp([idNames, phoneNames, settingNames, 'authorization|cookie|card|\\bpan\\b'].join('|'), 'i')

export const isTelling = (name: string): boolean => telling.test(name)

/** What says nothing of a value: what is around it does. */
const sayingNothing =
  /^(?:value|string_?value|val|v|item|items|element|entries|number|num|no|nr|text|content|raw|data|digits|home|work|private|office|main|primary|secondary|default|current|old|new)$/i

/** By which name a part of a value goes. */
export const partName = (own: string, outer: string): string => (sayingNothing.test(own) ? outer : own)

/** Whether there is such a name in a text, or what JSON may write as one. */
export const mayTell = (text: string): boolean => telling.test(text) || text.includes('\\')

/** What is found in a value by itself, or else by the name before it. No quote within may end the value too soon. */
export function maskMember(name: string, value: string, hide: MaskText): string | null {
  const alone = hide(value)
  if (alone !== value) return alone
  const before = `"${name}":"`
  const member = `${before}${value.replaceAll('"', "'")}"`
  const masked = hide(member)
  if (masked === member) return value
  return masked?.startsWith(before) ? masked.slice(before.length, -1) : null
}
