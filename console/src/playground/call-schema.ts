import type { RequiredFunctionCall, Run } from '../../../src/contract/runs.ts'
import type { FunctionTool } from '../../../src/contract/tools.ts'

/** A call of a function of the caller, of a run or of a response. */
export type AskedCall = Pick<RequiredFunctionCall, 'id' | 'function'>

export type FunctionDefinition = Pick<FunctionTool['function'], 'name' | 'description' | 'parameters'>

/** What the assistant said of the function when the run began. */
export function functionOf(run: Run, { function: { name } }: AskedCall): FunctionDefinition | undefined {
  const tool = run.tools.find((one) => one.type === 'function' && one.function.name === name)
  return tool?.type === 'function' ? tool.function : undefined
}

export interface Property {
  type: string
  description: string
}

/** The parameters of a function by their names. A schema may have anything in the place of what one expects. */
export function propertiesOf(parameters: Record<string, unknown> | undefined): Map<string, Property> {
  const properties = parameters?.['properties']
  if (typeof properties !== 'object' || properties === null) return new Map()
  return new Map(
    Object.entries(properties).map(([name, schema]) => {
      const { type, description } = (schema ?? {}) as Record<string, unknown>
      const isText = (value: unknown) => typeof value === 'string'
      return [
        name,
        {
          type: [type].flat().filter(isText).join(' or '),
          description: isText(description) ? String(description) : '',
        },
      ]
    }),
  )
}

/** Undefined when they are no JSON object: models may write what is none. */
export function argumentsIn(given: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(given || '{}')
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined
  } catch {
    return undefined
  }
}

/** Each call by its function and its arguments, and by a number where both are the same. */
export function callNames(calls: readonly AskedCall[]): string[] {
  const names = calls.map(({ function: { name, arguments: given } }) => {
    const line = given.replaceAll(/\s+/g, ' ').trim()
    return `${name} ${line.length > 120 ? `${line.slice(0, 120)}…` : line}`.trim()
  })
  return names.map((name, index) => {
    const same = names.flatMap((other, at) => (other === name ? [at] : []))
    return same.length === 1 ? name : `${name}, ${same.indexOf(index) + 1} of ${same.length}`
  })
}
