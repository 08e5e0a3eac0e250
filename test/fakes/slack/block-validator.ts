import { accessory, actionElement, anyText, imageElement, inputElement, plainText } from './element-schema.ts'
import { richTextElements } from './rich-text-schema.ts'
import { type Check, failed, flag, integer, list, object, oneOf, string, variants } from './schema.ts'
import { asList, asText, type Fields, isFields, SlackFailure } from './wire.ts'

/** Slack refuses a message whose blocks hold more text than this in all, whatever each block may hold. */
const LONGEST_BLOCKS_TEXT = 12_000
const TABLE_TEXT = 10_000

type Surface = 'message' | 'modal' | 'home'
const MOST_BLOCKS: Record<Surface, number> = { message: 50, modal: 100, home: 100 }

const id = { 'block_id?': string(255) }

const textOrFields = (value: Fields, at: string): string[] =>
  value.text === undefined && value.fields === undefined ? failed('must define either `text` or `fields`', at) : []

const tableCell = variants({
  raw_text: object({ text: string(TABLE_TEXT, 1) }),
  raw_number: object({ value: integer(-Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER), text: string(255, 1) }),
  rich_text: object({ elements: richTextElements, ...id }),
})

const common: Record<string, Check> = {
  section: object(
    {
      ...id,
      'text?': anyText(3000),
      'fields?': list(anyText(2000), 10, 1),
      'accessory?': accessory,
      'expand?': flag,
    },
    textOrFields,
  ),
  header: object({ ...id, text: plainText(150) }),
  divider: object(id),
  context: object({
    ...id,
    elements: list(
      (value, at) => (isFields(value) && value.type === 'image' ? imageElement : anyText(3000))(value, at),
      10,
      1,
    ),
  }),
  actions: object({ ...id, elements: list(actionElement, 25, 1) }),
  rich_text: object({ ...id, elements: richTextElements }),
  image: object({ ...id, image_url: string(3000, 1), alt_text: string(2000, 1), 'title?': plainText(2000) }),
  input: object({
    ...id,
    label: plainText(2000),
    element: inputElement,
    'hint?': plainText(2000),
    'optional?': flag,
    'dispatch_action?': flag,
  }),
}

const messageOnly: Record<string, Check> = {
  markdown: object({ ...id, text: string(12_000, 1) }),
  table: object({
    ...id,
    rows: list(list(tableCell, 20, 1), 100, 1),
    'column_settings?': list(object({ 'align?': oneOf('left', 'center', 'right'), 'is_wrapped?': flag }), 20),
  }),
}

const BLOCKS: Record<Surface, Check> = {
  message: variants({ ...common, ...messageOnly }),
  modal: variants(common),
  home: variants(common),
}

/** What Slack would refuse about blocks on a surface, each with the JSON pointer to it. */
export function blockProblems(blocks: unknown, surface: Surface, at = '/blocks'): string[] {
  const shape = list(BLOCKS[surface], MOST_BLOCKS[surface])(blocks, at)
  return [...shape, ...duplicateIds(asList(blocks), at)]
}

function duplicateIds(blocks: unknown[], at: string): string[] {
  const blockIds = new Set<string>()
  return blocks.filter(isFields).flatMap((block, index) => {
    const problems: string[] = []
    const blockId = asText(block.block_id)
    if (blockId && blockIds.has(blockId)) {
      problems.push(...failed(`\`block_id\` "${blockId}" already exists for another block`, `${at}/${index}/block_id`))
    }
    blockIds.add(blockId)
    const actionIds = new Set<string>()
    for (const [position, element] of asList(block.elements).filter(isFields).entries()) {
      const actionId = asText(element.action_id)
      if (actionId && actionIds.has(actionId)) {
        const pointer = `${at}/${index}/elements/${position}/action_id`
        problems.push(...failed(`\`action_id\` "${actionId}" already exists for another element`, pointer))
      }
      actionIds.add(actionId)
    }
    return problems
  })
}

/** All the text a reader would see in blocks, in characters. */
function textLength(value: unknown): number {
  if (Array.isArray(value)) return value.reduce((sum: number, entry) => sum + textLength(entry), 0)
  if (!isFields(value)) return 0
  return Object.entries(value).reduce(
    (sum, [name, field]) =>
      sum + (typeof field === 'string' ? (name === 'text' ? field.length : 0) : textLength(field)),
    0,
  )
}

/** Refuses a message's blocks the way chat.postMessage and chat.update do. */
export function checkMessageBlocks(blocks: unknown[]): void {
  const problems = blockProblems(blocks, 'message')
  if (problems.length > 0) {
    throw new SlackFailure('invalid_blocks', {
      errors: problems,
      response_metadata: { messages: problems.map(text => `[ERROR] ${text}`) },
    })
  }
  if (textLength(blocks) > LONGEST_BLOCKS_TEXT) throw new SlackFailure('msg_blocks_too_long')
}

const viewFields: Record<string, Check> = {
  blocks: () => [],
  'private_metadata?': string(3000),
  'callback_id?': string(255),
  'external_id?': string(255),
}

const modal = object(
  {
    ...viewFields,
    title: plainText(24),
    'submit?': plainText(24),
    'close?': plainText(24),
    'clear_on_close?': flag,
    'notify_on_close?': flag,
    'submit_disabled?': flag,
  },
  (view, at) =>
    asList(view.blocks).some(block => isFields(block) && block.type === 'input') && !view.submit
      ? failed('missing required field: submit', at)
      : [],
)

/** What Slack would refuse about a modal or a Home tab. */
export function viewProblems(view: unknown): string[] {
  const shape = variants({ modal, home: object(viewFields) })(view, '/view')
  if (!isFields(view)) return shape
  return [...shape, ...blockProblems(view.blocks, view.type === 'home' ? 'home' : 'modal', '/view/blocks')]
}
