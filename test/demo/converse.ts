import type {
  LanguageModelV4CallOptions,
  LanguageModelV4FunctionTool,
  LanguageModelV4Message,
  LanguageModelV4Prompt,
} from '@ai-sdk/provider'
import { loadPyodide } from 'pyodide'
import { demo } from '../../src/models/demo/demo.ts'

const model = demo({ wordDelayMs: 0 })

/** A function as the model is offered it; every property is required unless `required` names some. */
export const functionTool = (
  name: string,
  description: string,
  properties: Record<string, object>,
  required = Object.keys(properties),
): LanguageModelV4FunctionTool => ({
  type: 'function',
  name,
  description,
  inputSchema: { type: 'object', properties, required } as never,
})

export const interpreter = functionTool('code_interpreter', 'Runs Python.', { code: { type: 'string' } })

export const user = (text: string): LanguageModelV4Message => ({
  role: 'user',
  content: [{ type: 'text', text }],
})
export const assistant = (text: string): LanguageModelV4Message => ({
  role: 'assistant',
  content: [{ type: 'text', text }],
})

let python: ReturnType<typeof loadPyodide> | undefined

async function openPython() {
  const pyodide = await (python ??= loadPyodide())
  pyodide.FS.mkdirTree('/mnt/data')
  return pyodide
}

/** Puts a file where programs find it. */
export async function putFile(name: string, content: string): Promise<void> {
  const { FS } = await openPython()
  FS.writeFile(`/mnt/data/${name}`, content)
}

/** Runs a program as the sandbox does: printed text, or the traceback. */
export async function runPython(code: string): Promise<string> {
  const pyodide = await openPython()
  let output = ''
  pyodide.setStdout({ batched: (line) => (output += `${line}\n`) })
  try {
    pyodide.runPython(code, { globals: pyodide.toPy({}) })
  } catch (error) {
    output += (error as Error).message
  }
  return output
}

export interface Answer {
  text: string
  /** What the model called, with parsed arguments, in order. */
  calls: [name: string, given: Record<string, unknown>][]
}

/** Asks until the model calls no more tools; `call` answers a call, and programs are run where it is left out. */
export async function converse(
  question: string | LanguageModelV4Message[],
  options: Partial<LanguageModelV4CallOptions> = {},
  call: (name: string, given: Record<string, unknown>) => string | Promise<string> = (_, { code }) =>
    runPython(String(code)),
): Promise<Answer> {
  const prompt: LanguageModelV4Prompt =
    typeof question === 'string' ? [{ role: 'system', content: 'You help.' }, user(question)] : [...question]
  const calls: Answer['calls'] = []
  for (let turn = 0; turn < 6; turn++) {
    const { content } = await model.doGenerate({ prompt, ...options })
    const toolCalls = content.filter((part) => part.type === 'tool-call')
    if (toolCalls.length === 0) {
      return { calls, text: content.map((part) => (part.type === 'text' ? part.text : '')).join('') }
    }
    for (const { toolName, toolCallId, input } of toolCalls) {
      const given = JSON.parse(input) as Record<string, unknown>
      calls.push([toolName, given])
      prompt.push({ role: 'assistant', content: [{ type: 'tool-call', toolCallId, toolName, input: given }] })
      const value = await call(toolName, given)
      prompt.push({
        role: 'tool',
        content: [{ type: 'tool-result', toolCallId, toolName, output: { type: 'text', value } }],
      })
    }
  }
  throw new Error('It calls tools for ever.')
}
