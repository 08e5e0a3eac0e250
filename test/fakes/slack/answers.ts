import { elementAnswer } from './element-answer.ts'
import { asFields, asList, asText, type Fields, isFields, SlackFailure } from './wire.ts'

/** What a person filled in, by block_id: the text, or the value or values of the chosen options. */
export type Answers = Record<string, string | string[]>

function inputs(view: Fields): { block: Fields; element: Fields; id: string }[] {
  return asList(view.blocks)
    .filter(isFields)
    .filter(block => block.type === 'input')
    .map(block => ({ block, element: asFields(block.element), id: asText(block.block_id) }))
}

/** What stands in an input before anyone touches it. */
function initial(element: Fields): string | string[] {
  const options = asList(element.initial_options).map(option => asText(asFields(option).value))
  if (options.length > 0) return options
  const value = element.initial_value ?? element.initial_user ?? element.initial_conversation ?? element.initial_channel
  const date = element.initial_date ?? element.initial_time ?? element.initial_date_time
  return asText(value ?? asFields(element.initial_option).value) || (date === undefined ? '' : String(date))
}

function given(element: Fields, id: string, answers: Answers): string | string[] {
  return answers[id] ?? initial(element)
}

/** What the Slack client refuses before it sends anything, by block_id. */
export function answerProblems(view: Fields, answers: Answers): Record<string, string> {
  const known = inputs(view).map(input => input.id)
  if (Object.keys(answers).some(id => !known.includes(id))) throw new SlackFailure('block_not_found')
  const problems: Record<string, string> = {}
  for (const { block, element, id } of inputs(view)) {
    const value = given(element, id, answers)
    const min = Number(element.min_length ?? 0)
    const max = Number(element.max_length ?? 3000)
    if (value.length === 0) {
      if (block.optional !== true) problems[id] = 'Please complete this required field.'
    } else if (typeof value === 'string' && value.length < min) {
      problems[id] = `Please use at least ${min} characters.`
    } else if (typeof value === 'string' && value.length > max) {
      problems[id] = `Please use at most ${max} characters.`
    }
  }
  return problems
}

/** The `state.values` of a view: block_id, action_id, then what was filled in. */
export function stateValues(view: Fields, answers: Answers): Fields {
  return Object.fromEntries(
    inputs(view).map(({ element, id }) => [
      id,
      {
        [asText(element.action_id)]: { type: element.type, ...elementAnswer(element, given(element, id, answers)) },
      },
    ]),
  )
}
