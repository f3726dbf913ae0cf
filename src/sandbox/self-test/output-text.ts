import type { KernelOutput } from '../sandbox.ts'

/**
 * All outputs of a cell as one text to search in. Printed text arrives in parts that are cut anywhere, so it is joined
 * first.
 */
export function outputText(outputs: KernelOutput[]): string {
  const printed = outputs.map((output) => (output.type === 'stream' ? output.text : ''))
  return `${printed.join('')}\n${JSON.stringify(outputs)}`
}
