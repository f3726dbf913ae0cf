import type { KernelOutput } from '../sandbox.ts'

/** All that came out of a cell as one text to search in. What it prints comes in parts, cut anywhere: it is joined first. */
export function outputText(outputs: KernelOutput[]): string {
  const printed = outputs.map((output) => (output.type === 'stream' ? output.text : ''))
  return `${printed.join('')}\n${JSON.stringify(outputs)}`
}
