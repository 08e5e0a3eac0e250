// Block Kit blocks as Slack draws them.
import { directory, el, mrkdwn, plain, richSpans, textObject } from './text.js'

/** `use(element, block, option)` is called when a person uses a button or picks from a menu. */
export function renderBlocks(blocks, use, inputs) {
  const node = el('div', 'blocks')
  for (const block of blocks) {
    const drawn = DRAW[block.type]?.(block, use, inputs)
    if (drawn) {
      drawn.dataset.blockId = block.block_id
      node.append(drawn)
    }
  }
  return node
}

const DRAW = {
  header: block => el('h3', 'block header', plain(block.text.text)),
  divider: () => el('hr', 'block divider'),
  section: drawSection,
  context: block =>
    el(
      'div',
      'block context',
      ...block.elements.map(item => (item.type === 'image' ? el('span', 'image', item.alt_text) : textObject(item))),
    ),
  actions: (block, use) => el('div', 'block actions', ...block.elements.map(item => drawElement(item, block, use))),
  rich_text: block => el('div', 'block rich', ...block.elements.map(drawRich)),
  markdown: block => el('div', 'block', mrkdwn(block.text)),
  image: block =>
    el('div', 'block image', block.title ? plain(block.title.text) : '', el('span', 'alt', block.alt_text)),
  table: drawTable,
  input: (block, _use, inputs) => inputs?.(block) ?? el('div', 'block input'),
}

function drawSection(block, use) {
  const body = el('div', 'body')
  if (block.text) body.append(textObject(block.text))
  if (block.fields)
    body.append(el('div', 'fields', ...block.fields.map(field => el('div', 'field', textObject(field)))))
  const node = el('div', 'block section', body)
  if (block.accessory) node.append(el('div', 'accessory', drawElement(block.accessory, block, use)))
  return node
}

function drawRich(element) {
  switch (element.type) {
    case 'rich_text_preformatted':
      return el('pre', '', ...richSpans(element.elements, true))
    case 'rich_text_quote':
      return el('blockquote', '', ...richSpans(element.elements))
    case 'rich_text_list': {
      const list = el(element.style === 'ordered' ? 'ol' : 'ul', `indent-${element.indent ?? 0}`)
      if (element.offset) list.start = element.offset + 1
      list.append(...element.elements.map(item => el('li', '', ...richSpans(item.elements))))
      return list
    }
    default:
      return el('div', 'rich-section', ...richSpans(element.elements))
  }
}

function drawTable(block) {
  const cell = (item, index, tag) => {
    const content = item.type === 'rich_text' ? item.elements.map(drawRich) : [item.text]
    const node = el(
      tag,
      block.column_settings?.[index]?.align ?? (item.type === 'raw_number' ? 'right' : ''),
      ...content,
    )
    return node
  }
  const rows = block.rows.map((row, at) =>
    el('tr', '', ...row.map((item, index) => cell(item, index, at === 0 ? 'th' : 'td'))),
  )
  return el('div', 'block table', el('table', '', ...rows))
}

function drawElement(element, block, use) {
  if (element.type === 'button') return drawButton(element, block, use)
  if (element.type === 'overflow') return drawOverflow(element, block, use)
  if (element.type === 'image') return el('span', 'image', element.alt_text)
  const choice = drawChoice(element)
  choice.addEventListener('change', () => use(element, block, choice.value))
  return choice
}

function drawButton(element, block, use) {
  const button = el('button', `button ${element.style ?? ''}`, el('span', '', plain(element.text.text)))
  button.type = 'button'
  button.dataset.actionId = element.action_id
  if (element.accessibility_label) button.setAttribute('aria-label', element.accessibility_label)
  button.addEventListener('click', async () => {
    if (element.url && /^https?:/i.test(element.url)) window.open(element.url, '_blank', 'noopener')
    if (!element.confirm) button.classList.add('busy')
    await use(element, block)
    button.classList.remove('busy')
  })
  return button
}

function drawOverflow(element, block, use) {
  const menu = el('div', 'menu')
  menu.hidden = true
  for (const option of element.options) {
    const item = el('button', '', plain(option.text.text))
    item.type = 'button'
    item.addEventListener('click', () => {
      menu.hidden = true
      return use(element, block, option.value)
    })
    menu.append(item)
  }
  const more = el('button', 'button more', el('span', '', '⋯'))
  more.type = 'button'
  more.dataset.actionId = element.action_id
  more.setAttribute('aria-label', 'More actions')
  more.addEventListener('click', event => {
    event.stopPropagation()
    menu.hidden = !menu.hidden
    document.addEventListener(
      'click',
      () => {
        menu.hidden = true
      },
      { once: true },
    )
  })
  return el('div', 'overflow', more, menu)
}

const optionNode = (value, label, selected) => {
  const node = el('option', '', label)
  node.value = value
  node.selected = selected
  return node
}

/** A menu to pick one thing from: an option, a person or a channel. */
export function drawChoice(element) {
  const select = el('select', 'choice')
  const initial =
    element.initial_option?.value ??
    element.initial_user ??
    element.initial_channel ??
    element.initial_conversation ??
    ''
  select.append(
    optionNode('', element.placeholder ? plain(element.placeholder.text) : 'Select an item', initial === ''),
  )
  const add = (parent, options) =>
    parent.append(...options.map(option => optionNode(option.value, plain(option.text.text), option.value === initial)))
  if (element.type === 'users_select') {
    select.append(
      ...directory.users
        .filter(user => !user.deleted)
        .map(user => optionNode(user.id, user.realName ?? user.name, user.id === initial)),
    )
  } else if (/^(channels|conversations)_select$/.test(element.type)) {
    select.append(
      ...directory.channels.map(channel => optionNode(channel.id, `#${channel.name}`, channel.id === initial)),
    )
  } else {
    add(select, element.options ?? [])
    for (const group of element.option_groups ?? []) {
      const node = el('optgroup')
      node.label = plain(group.label.text)
      add(node, group.options)
      select.append(node)
    }
  }
  select.dataset.actionId = element.action_id
  return select
}
