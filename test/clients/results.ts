/** What came of a run, said as it comes and once more at its end. */
export class Results {
  readonly #failures: string[] = []
  #passed = 0
  #missing = 0

  passed(name: string, milliseconds?: number): void {
    this.#passed++
    console.log(`✔  ${name}${milliseconds === undefined ? '' : ` (${(milliseconds / 1_000).toFixed(1)} s)`}`)
  }

  failed(name: string, why: string): void {
    const text = `✖  ${name}\n${why.replaceAll(/^/gm, '     ')}`
    this.#failures.push(text)
    console.log(text)
  }

  /** What cannot be had here. */
  missing(name: string, why: string): undefined {
    this.#missing++
    console.log(`–  ${name}: not tried, ${why}`)
  }

  /** Ends with the counts. Whether nothing failed, and where CI=true nothing was missing. */
  sum(): boolean {
    const [passed, failed, missing] = [this.#passed, this.#failures.length, this.#missing]
    if (failed > 0) console.log(`\nWhat failed:\n${this.#failures.join('\n')}\n`)
    console.log(
      `${passed} passed, ${failed} failed, ${missing} skipped${missing > 0 ? ' (what cannot be had here)' : ''}`,
    )
    return failed === 0 && passed > 0 && !(process.env.CI === 'true' && missing > 0)
  }
}
