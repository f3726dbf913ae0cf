/** What somebody answers in the place of a function: to the API it is a text in any case. */
export interface GivenOutput {
  kind: 'text' | 'json'
  text: string
}

/** What a form begins with: JSON stays JSON. */
export const firstOutput = (remembered: string): GivenOutput => ({
  kind: /^\s*[[{]/.test(remembered) && isJson(remembered) ? 'json' : 'text',
  text: remembered,
})

/** Why it cannot be sent. A text may be anything, also empty. */
export function faultOf({ kind, text }: GivenOutput): string | undefined {
  if (kind === 'text') return undefined
  try {
    JSON.parse(text)
    return undefined
  } catch (error) {
    return `This is no JSON: ${error instanceof Error ? error.message : String(error)}`
  }
}

/** JSON with indents. What is none is left as it is. */
export const laidOut = (output: GivenOutput): GivenOutput =>
  output.kind === 'json' && isJson(output.text)
    ? { ...output, text: JSON.stringify(JSON.parse(output.text), null, 2) }
    : output

const isJson = (text: string) => faultOf({ kind: 'json', text }) === undefined
