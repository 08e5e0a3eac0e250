import { type Check, failed, flag, integer, list, object, oneOf, string, variants } from './schema.ts'
import type { Fields } from './wire.ts'

export const plainText = (max: number): Check =>
  variants({ plain_text: object({ text: string(max, 1), 'emoji?': flag }) })

export const anyText = (max: number): Check =>
  variants({
    plain_text: object({ text: string(max, 1), 'emoji?': flag }),
    mrkdwn: object({ text: string(max, 1), 'verbatim?': flag }),
  })

const style = oneOf('primary', 'danger')
const id = string(255)

const confirm = object({
  'title?': plainText(100),
  text: anyText(300),
  'confirm?': plainText(30),
  'deny?': plainText(30),
  'style?': style,
})

const option = (text: Check): Check =>
  object({ text, 'value?': string(150, 1), 'description?': plainText(75), 'url?': string(3000) })

const plainOption = option(plainText(75))
const markedOption = option(anyText(75))
const optionGroup = object({ label: plainText(75), options: list(plainOption, 100, 1) })

const common: Record<string, Check> = { 'action_id?': id, 'confirm?': confirm, 'focus_on_load?': flag }
const dispatch = object({
  'trigger_actions_on?': list(oneOf('on_enter_pressed', 'on_character_entered'), 2, 1),
})
const hint = { 'placeholder?': plainText(150) }

const button = object({
  'action_id?': id,
  text: plainText(75),
  'value?': string(2000),
  'url?': string(3000),
  'style?': style,
  'confirm?': confirm,
  'accessibility_label?': string(75),
})

const eitherOptions = (value: Fields, at: string): string[] =>
  (value.options === undefined) === (value.option_groups === undefined)
    ? failed('must define either `options` or `option_groups`, not both', at)
    : []

const staticSelect = (more: Record<string, Check>): Check =>
  object(
    { ...common, ...hint, 'options?': list(plainOption, 100, 1), 'option_groups?': list(optionGroup, 100, 1), ...more },
    eitherOptions,
  )

const many = { 'max_selected_items?': integer(1, 1000) }
const filter = object({
  'include?': list(oneOf('im', 'mpim', 'private', 'public'), 4, 1),
  'exclude_external_shared_channels?': flag,
  'exclude_bot_users?': flag,
})
const conversations = {
  ...common,
  ...hint,
  'default_to_current_conversation?': flag,
  'response_url_enabled?': flag,
  'filter?': filter,
}

const textLimits = (value: Fields, at: string): string[] => {
  const { min_length: min, max_length: max, initial_value: initial } = value
  if (typeof min === 'number' && typeof max === 'number' && min > max) {
    return failed('min_length must not be greater than max_length', at)
  }
  const tooLong = typeof initial === 'string' && typeof max === 'number' && initial.length > max
  return tooLong ? failed(`must be less than ${max + 1} characters`, `${at}/initial_value`) : []
}

const plainTextInput = object(
  {
    'action_id?': id,
    ...hint,
    'initial_value?': string(3000),
    'multiline?': flag,
    'min_length?': integer(0, 3000),
    'max_length?': integer(1, 3000),
    'dispatch_action_config?': dispatch,
    'focus_on_load?': flag,
  },
  textLimits,
)

const lineInput = object({
  'action_id?': id,
  ...hint,
  'initial_value?': string(3000),
  'dispatch_action_config?': dispatch,
  'focus_on_load?': flag,
})

export const imageElement = object({ image_url: string(3000, 1), alt_text: string(2000, 1) })

/** What a person can choose from, in sections, actions and inputs alike. */
const choices: Record<string, Check> = {
  static_select: staticSelect({ 'initial_option?': plainOption }),
  multi_static_select: staticSelect({ 'initial_options?': list(plainOption, 100, 1), ...many }),
  users_select: object({ ...common, ...hint, 'initial_user?': string(255) }),
  multi_users_select: object({ ...common, ...hint, 'initial_users?': list(string(255), 100), ...many }),
  conversations_select: object({ ...conversations, 'initial_conversation?': string(255) }),
  channels_select: object({ ...common, ...hint, 'initial_channel?': string(255), 'response_url_enabled?': flag }),
  checkboxes: object({
    ...common,
    options: list(markedOption, 10, 1),
    'initial_options?': list(markedOption, 10, 1),
  }),
  radio_buttons: object({ ...common, options: list(markedOption, 10, 1), 'initial_option?': markedOption }),
  datepicker: object({ ...common, ...hint, 'initial_date?': string(10) }),
  timepicker: object({ ...common, ...hint, 'initial_time?': string(5), 'timezone?': string(255) }),
}

const clickable: Record<string, Check> = {
  button,
  overflow: object({ 'action_id?': id, 'confirm?': confirm, options: list(plainOption, 5, 1) }),
}

const dateTime: Record<string, Check> = {
  datetimepicker: object({ ...common, 'initial_date_time?': integer(0, 9_999_999_999) }),
}

export const accessory = variants({ ...clickable, ...choices, image: imageElement })
export const actionElement = variants({ ...clickable, ...choices, ...dateTime })
export const inputElement = variants({
  ...choices,
  ...dateTime,
  plain_text_input: plainTextInput,
  url_text_input: lineInput,
  email_text_input: lineInput,
  number_input: object({
    'action_id?': id,
    ...hint,
    is_decimal_allowed: flag,
    'initial_value?': string(100),
    'min_value?': string(100),
    'max_value?': string(100),
    'dispatch_action_config?': dispatch,
    'focus_on_load?': flag,
  }),
})
