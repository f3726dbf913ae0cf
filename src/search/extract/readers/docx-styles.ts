import { parseWholeXml } from '../xml.ts'

export interface Style {
  /** The level of the heading, from 1 to 6. */
  heading: number | undefined
  /** The list to which the style belongs, as for numbered headings. */
  list: string | undefined
  level: number | undefined
}

interface Definition {
  id: string
  name: string
  basedOn: string | undefined
  outline: number | undefined
  list: string | undefined
  level: number | undefined
}

/** The headings and lists of paragraph styles, including what they inherit from other styles. */
export async function readStyles(source: AsyncIterable<Uint8Array>): Promise<Map<string, Style>> {
  const definitions = new Map<string, Definition>()
  let current: Definition | undefined
  await parseWholeXml(source, {
    open(name, attributes) {
      const value = attributes.get('val')
      if (name === 'style') {
        const id = attributes.get('styleId') ?? ''
        current = { id, name: '', basedOn: undefined, outline: undefined, list: undefined, level: undefined }
        definitions.set(id, current)
      } else if (!current || value === undefined) return
      else if (name === 'name') current.name = value.toLowerCase()
      else if (name === 'basedOn') current.basedOn = value
      else if (name === 'outlineLvl') current.outline = Number(value)
      else if (name === 'numId') current.list = value
      else if (name === 'ilvl') current.level = Number(value)
    },
    close(name) {
      if (name === 'style') current = undefined
    },
  })
  return new Map([...definitions.keys()].map((id) => [id, resolve(id, definitions)]))
}

function resolve(id: string, definitions: Map<string, Definition>): Style {
  const style: Style = { heading: undefined, list: undefined, level: undefined }
  // The number of steps is limited, because styles may be based on each other in a circle.
  let definition = definitions.get(id)
  for (let steps = 0; definition && steps < 12; steps++) {
    style.heading ??= headingOf(definition)
    style.list ??= definition.list
    style.level ??= definition.level
    definition = definitions.get(definition.basedOn ?? '')
  }
  return style
}

function headingOf({ name, outline }: Definition): number | undefined {
  if (name === 'title') return 1
  const named = /^heading ([1-9])$/.exec(name)?.[1]
  if (named !== undefined) return Math.min(Number(named), 6)
  return outline !== undefined && outline < 9 ? Math.min(outline + 1, 6) : undefined
}
