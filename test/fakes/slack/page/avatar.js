import { page } from './client.js'
import { el, userName } from './text.js'

export const avatar = (userId, className = '') => {
  const { client } = page
  const bot = userId === client.app.botUserId
  const name = bot ? client.app.name : userId === 'USLACKBOT' ? 'Slackbot' : userName(userId)
  const node = el('span', `avatar ${bot ? 'app' : ''} ${className}`, bot ? name.charAt(0) : initials(name))
  node.dataset.tone = String([...userId].reduce((sum, letter) => sum + letter.charCodeAt(0), 0) % 5)
  return node
}
const initials = name =>
  name
    .split(/[-\s]/)
    .map(part => part.charAt(0))
    .join('')
    .slice(0, 2)
    .toUpperCase()
