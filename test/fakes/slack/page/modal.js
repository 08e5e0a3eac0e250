// Modals and "are you sure" dialogs.
import { drawChoice, renderBlocks } from './blocks.js'
import { el, plain, textObject } from './text.js'

const overlay = document.getElementById('overlay')
let shown = ''

/** Asks before an element that wants it is used; resolves with the person's answer. */
export function confirmed(confirm) {
  if (!confirm) return Promise.resolve(true)
  return new Promise(resolve => {
    const dialog = el('div', 'veil')
    const answer = yes => {
      dialog.remove()
      resolve(yes)
    }
    const button = (label, className, yes) => {
      const node = el('button', `button ${className}`, label)
      node.type = 'button'
      node.addEventListener('click', () => answer(yes))
      return node
    }
    dialog.append(
      el(
        'div',
        'modal small',
        el('div', 'modal-head', el('h2', '', plain(confirm.title?.text ?? 'Are you sure?'))),
        el('div', 'modal-body', textObject(confirm.text)),
        el(
          'div',
          'modal-foot',
          button(plain(confirm.deny?.text ?? 'Cancel'), 'deny', false),
          button(plain(confirm.confirm?.text ?? 'Yes'), `confirm ${confirm.style ?? 'primary'}`, true),
        ),
      ),
    )
    document.body.append(dialog)
    dialog.querySelector('.confirm').focus()
  })
}

function textInput(element) {
  const input = el(element.multiline ? 'textarea' : 'input', 'text-input')
  input.value = element.initial_value ?? ''
  input.placeholder = element.placeholder ? plain(element.placeholder.text) : ''
  if (element.max_length) input.maxLength = element.max_length
  if (element.multiline) input.rows = 4
  return input
}

function checks({ element, block_id: block }, kind) {
  const initial = [element.initial_option, ...(element.initial_options ?? [])]
    .filter(Boolean)
    .map(option => option.value)
  return el(
    'div',
    'checks',
    ...element.options.map(option => {
      const input = el('input')
      input.type = kind
      // Of this block alone: several may have an action of the same name.
      input.name = `${block} ${element.action_id}`
      input.value = option.value
      input.checked = initial.includes(option.value)
      return el(
        'label',
        '',
        input,
        textObject(option.text),
        option.description ? el('small', '', plain(option.description.text)) : undefined,
      )
    }),
  )
}

function drawInput(block, error) {
  const { element } = block
  const kinds = { checkboxes: 'checkbox', radio_buttons: 'radio' }
  const dates = { datepicker: 'date', timepicker: 'time' }
  let control
  if (kinds[element.type]) control = checks(block, kinds[element.type])
  else if (/select$/.test(element.type)) control = drawChoice(element)
  else {
    control = textInput(element)
    if (dates[element.type]) control.type = dates[element.type]
  }
  control.dataset.input = block.block_id
  return el(
    'div',
    `block input ${error ? 'wrong' : ''}`,
    el('label', 'label', plain(block.label.text), block.optional ? el('span', 'optional', ' (optional)') : undefined),
    control,
    error ? el('div', 'error', error) : undefined,
    block.hint ? el('div', 'hint', plain(block.hint.text)) : undefined,
  )
}

export function answers(root) {
  const values = {}
  for (const control of root.querySelectorAll('[data-input]')) {
    const checked = [...control.querySelectorAll('input:checked')].map(input => input.value)
    const radio = control.querySelector('input[type=radio]') !== null
    values[control.dataset.input] = control.classList.contains('checks')
      ? radio
        ? (checked[0] ?? '')
        : checked
      : control.value
  }
  return values
}

function restore(control, typed) {
  if (typed === undefined) return
  if (!control.classList.contains('checks')) control.value = typed
  for (const input of control.querySelectorAll('input')) input.checked = [typed].flat().includes(input.value)
}

/** Shows the acting user's modal; what they typed survives errors and other people's doings. */
export function showModal(view, app, post) {
  const key = JSON.stringify(view)
  if (key === shown) return
  const typed = overlay.dataset.view === view?.id ? answers(overlay) : {}
  shown = key
  overlay.replaceChildren()
  overlay.dataset.view = view?.id ?? ''
  if (!view) return
  const button = (label, className, press) => {
    const node = el('button', `button ${className}`, label)
    node.type = 'button'
    node.addEventListener('click', async () => {
      node.classList.add('busy')
      await press()
      node.classList.remove('busy')
    })
    return node
  }
  const close = () => post('close-view', { view_id: view.id })
  const use = async (element, block, option) => {
    if (!(await confirmed(element.confirm))) return
    await post('click', {
      view_id: view.id,
      action_id: element.action_id,
      block_id: block.block_id,
      option,
      values: answers(overlay),
    })
  }
  const general = view.errors['']
  overlay.append(
    el(
      'div',
      'veil',
      el(
        'form',
        'modal',
        el(
          'div',
          'modal-head',
          el('span', 'avatar app tiny', app.name.charAt(0)),
          el('h2', '', plain(view.title.text)),
          button('×', 'close', close),
        ),
        el(
          'div',
          'modal-body',
          general ? el('div', 'banner', general) : undefined,
          renderBlocks(view.blocks, use, block => drawInput(block, view.errors[block.block_id])),
        ),
        el(
          'div',
          'modal-foot',
          button(plain(view.close?.text ?? (view.previous_view_id ? 'Back' : 'Cancel')), 'dismiss', close),
          view.submit
            ? button(plain(view.submit.text), 'primary submit', () =>
                post('submit', { view_id: view.id, values: answers(overlay) }),
              )
            : undefined,
        ),
      ),
    ),
  )
  for (const control of overlay.querySelectorAll('[data-input]')) restore(control, typed[control.dataset.input])
  overlay.querySelector('form').addEventListener('submit', event => event.preventDefault())
  overlay.querySelector('.wrong .text-input, .text-input')?.focus({ preventScroll: true })
  overlay.querySelector('.banner, .wrong')?.scrollIntoView({ block: 'center' })
}
