import type { SlackState } from './state.ts'
import { asFields, asList, type Fields, isFields } from './wire.ts'

const INTERACTIVE = new Set(['actions', 'section', 'input'])

/** Gives every block and every element that has none an id, as Slack does on the way in. */
export function withIds(state: SlackState, blocks: unknown): Fields[] {
  return asList(blocks).map(entry => {
    const block = { block_id: state.newId('b'), ...asFields(entry) } as Fields
    if (!INTERACTIVE.has(String(block.type))) return block
    const identify = (element: unknown) => (isFields(element) ? { action_id: state.newId('a'), ...element } : element)
    return {
      ...block,
      ...(Array.isArray(block.elements) ? { elements: block.elements.map(identify) } : {}),
      ...(block.accessory ? { accessory: identify(block.accessory) } : {}),
      ...(block.element ? { element: identify(block.element) } : {}),
    }
  })
}
