import { asFields, asList, asText, type Fields, isFields, SlackFailure } from './wire.ts'

/** The element with an action_id among blocks, as a person would find it on the screen. */
export function findElement(blocks: unknown, actionId: string, blockId?: string): { element: Fields; blockId: string } {
  for (const block of asList(blocks).filter(isFields)) {
    if (blockId !== undefined && block.block_id !== blockId) continue
    const candidates = [...asList(block.elements), block.accessory, block.element].filter(isFields)
    const element = candidates.find(candidate => candidate.action_id === actionId)
    if (element) return { element, blockId: asText(block.block_id) }
  }
  throw new SlackFailure('action_not_found')
}

/** The option of a menu with a value, flat or in groups. */
function findOption(element: Fields, value: string): Fields {
  const groups = asList(element.option_groups).flatMap(group => asList(asFields(group).options))
  const option = [...asList(element.options), ...groups].filter(isFields).find(candidate => candidate.value === value)
  if (!option) throw new SlackFailure('option_not_found')
  return option
}

/** What an action or a view's state says about an element, once a person used it. */
export function elementAnswer(element: Fields, chosen: string | string[] | undefined): Fields {
  const one = Array.isArray(chosen) ? (chosen[0] ?? '') : (chosen ?? '')
  const all = Array.isArray(chosen) ? chosen : [one].filter(Boolean)
  switch (element.type) {
    case 'button': {
      const { text, value, style, confirm } = element
      return {
        text,
        ...(value === undefined ? {} : { value }),
        ...(style ? { style } : {}),
        ...(confirm ? { confirm } : {}),
      }
    }
    case 'overflow':
    case 'static_select':
    case 'radio_buttons':
      return { selected_option: one === '' ? null : findOption(element, one) }
    case 'multi_static_select':
    case 'checkboxes':
      return { selected_options: all.map(value => findOption(element, value)) }
    case 'users_select':
      return { selected_user: one || null }
    case 'multi_users_select':
      return { selected_users: all }
    case 'conversations_select':
      return { selected_conversation: one || null }
    case 'channels_select':
      return { selected_channel: one || null }
    case 'datepicker':
      return { selected_date: one || null }
    case 'timepicker':
      return { selected_time: one || null }
    case 'datetimepicker':
      return { selected_date_time: one ? Number(one) : null }
    default:
      return { value: one === '' ? null : one }
  }
}
