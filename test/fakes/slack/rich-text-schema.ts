import { type Check, flag, integer, list, object, oneOf, string, variants } from './schema.ts'

const styled = {
  'style?': object({
    'bold?': flag,
    'italic?': flag,
    'strike?': flag,
    'code?': flag,
    'underline?': flag,
    'highlight?': flag,
    'client_highlight?': flag,
    'unlink?': flag,
  }),
}

const text = object({ text: string(1_000_000, 1), ...styled })
const link = object({ url: string(3000, 1), 'text?': string(3000), 'unsafe?': flag, ...styled })

const inline = variants({
  text,
  link,
  user: object({ user_id: string(255, 1), ...styled }),
  usergroup: object({ usergroup_id: string(255, 1), ...styled }),
  channel: object({ channel_id: string(255, 1), ...styled }),
  broadcast: object({ range: oneOf('here', 'channel', 'everyone'), ...styled }),
  emoji: object({ name: string(255, 1), 'unicode?': string(255), 'skin_tone?': integer(1, 6), ...styled }),
  color: object({ value: string(9, 1), ...styled }),
  date: object({
    timestamp: integer(0, 9_999_999_999),
    format: string(255, 1),
    'url?': string(3000),
    'fallback?': string(3000),
    ...styled,
  }),
})

const many = 10_000
const section = object({ elements: list(inline, many) })
const sectionOnly = variants({ rich_text_section: section })

/** The `elements` of a rich_text block. */
export const richTextElements: Check = list(
  variants({
    rich_text_section: section,
    rich_text_preformatted: object({
      elements: list(variants({ text, link }), many),
      'border?': integer(0, 1),
      'language?': string(255),
    }),
    rich_text_quote: object({ elements: list(inline, many), 'border?': integer(0, 1) }),
    rich_text_list: object({
      style: oneOf('bullet', 'ordered'),
      elements: list(sectionOnly, many, 1),
      'indent?': integer(0, 8),
      'offset?': integer(0, many),
      'border?': integer(0, 1),
    }),
  }),
  many,
)
