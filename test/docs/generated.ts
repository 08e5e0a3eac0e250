import { configReference, factReference, policyReference } from '#src/config/reference.ts'
import { detectorRates } from './detector-rates.ts'

const sections: Readonly<Record<string, () => string>> = {
  configuration: configReference,
  policy: policyReference,
  facts: factReference,
  detectors: detectorRates,
}

/** The README with its generated sections made anew from the schemas. */
export function withGenerated(readme: string): string {
  return readme.replace(/<!-- generated: (\w+) -->\n[\s\S]*?<!-- end -->/g, (_all, name: string) => {
    const make = sections[name]
    if (!make) throw new Error(`the README asks for an unknown section "${name}"`)
    return `<!-- generated: ${name} -->\n${make().trim()}\n<!-- end -->`
  })
}
