import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser, Locator, Page } from 'playwright-core'
import type { SlackMessage } from '#test/fakes/slack/state.ts'
import type { Stand } from '#test/stand/stand.ts'

const folder = '.github/pictures'
const maxBytes = 100_000

/** Runs in the browser. */
const toWebp = `(async source => {
  const image = new Image()
  image.src = source
  await image.decode()
  const canvas = Object.assign(document.createElement('canvas'), { width: image.width, height: image.height })
  canvas.getContext('2d').drawImage(image, 0, 0)
  return canvas.toDataURL('image/webp', 0.7)
})`

export interface Taken {
  readonly file: string
  readonly title: string
  readonly words: string
}

/** Takes what one person sees, in the local Slack's page or elsewhere. */
export class Photographer {
  readonly taken: Taken[] = []
  readonly #stand: Stand
  readonly #browser: Browser
  readonly #user: string

  constructor(stand: Stand, browser: Browser, user: string) {
    this.#user = user
    this.#stand = stand
    this.#browser = browser
    mkdirSync(folder, { recursive: true })
  }

  /** As it is when it is opened: what changes afterwards is not drawn into a picture that is being taken. */
  async page(url: string, height = 1_400): Promise<Page> {
    const page = await this.#browser.newPage({ viewport: { width: 1_000, height } })
    const once = { contentType: 'text/event-stream', body: 'retry: 3600000\ndata: hello\n\n' }
    await page.route('**/_control/events', route => route.fulfill(once))
    await page.goto(url)
    return page
  }

  async take(place: Locator, file: string, title: string, words: string): Promise<void> {
    const picture = await this.#smaller(await place.screenshot())
    if (picture.length > maxBytes) throw new Error(`${file} has ${picture.length} bytes`)
    writeFileSync(join(folder, `${file}.webp`), picture)
    this.taken.push({ file: `${file}.webp`, title, words })
  }

  /** As WebP, which is half of PNG; the browser knows how. */
  async #smaller(png: Buffer): Promise<Buffer> {
    const page = await this.#browser.newPage()
    const url = await page.evaluate<string>(`${toWebp}('data:image/png;base64,${png.toString('base64')}')`)
    await page.close()
    return Buffer.from(url.split(',')[1] ?? '', 'base64')
  }

  /** One message, in the channel as this user's client shows it. */
  async message({ ts, channel }: SlackMessage, file: string, title: string, words: string): Promise<void> {
    const page = await this.page(`${this.#stand.slack.url}/?user=${this.#user}&channel=${channel}`)
    const place = page.locator(`#messages [data-ts="${ts}"]`)
    await place.waitFor()
    await this.take(place, file, title, words)
    await page.close()
  }

  /** The modal that this user has open. */
  async modal(user: string, file: string, title: string, words: string): Promise<void> {
    const page = await this.page(`${this.#stand.slack.url}/?user=${user}&channel=C0APPROVALS`, 1_900)
    const place = page.locator('.modal')
    await place.waitFor()
    await this.take(place, file, title, words)
    await page.close()
  }
}
