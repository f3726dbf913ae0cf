import type { Kernel, KernelOutput } from '../../src/sandbox/sandbox.ts'
import type { EngineId } from '../../src/sandbox/pair-ids.ts'
import type { Snippet } from './snippet.ts'

/** The modules of this list that a session can import. */
export async function importable(kernel: Kernel, modules: string[]): Promise<Set<string>> {
  const code = `import importlib.util
print(*[m for m in ${JSON.stringify(modules)} if importlib.util.find_spec(m)])`
  return new Set(
    told(await run(kernel, code))
      .trim()
      .split(/\s+/),
  )
}

/** Why a snippet is not run in this session, or undefined when it is. */
export function reasonNotTo(snippet: Snippet, engine: EngineId, there: Set<string>): string | undefined {
  if (engine === 'pyodide' && snippet.not) return snippet.not.pyodide
  const lacks = (snippet.needs ?? []).filter((name) => !there.has(name))
  return lacks.length > 0 ? `without ${lacks.join(', ')}` : undefined
}

/** Runs the cells of a snippet. Gives what is not as it must be; nothing when all is. */
export async function trySnippet(kernel: Kernel, snippet: Snippet): Promise<string[]> {
  const { code, text, without, pictures, files = [], error } = snippet
  let outputs: KernelOutput[] = []
  for (const cell of [code].flat()) outputs = await run(kernel, cell)
  const names = (await kernel.changedFiles()).files.map(({ name }) => name)
  const said = told(outputs)
  const failed = outputs.find((output) => output.type === 'error')
  const shown = outputs.filter((output) => 'data' in output && output.data['image/png'] !== undefined).length
  return [
    error === undefined && failed && `it failed: ${failed.traceback.slice(-600)}`,
    error &&
      !error.test(failed?.traceback ?? said) &&
      `no such error: ${failed?.traceback.slice(-300) ?? said}`,
    text && !text.test(error ? said + (failed?.traceback ?? '') : said) && `told: ${said.slice(0, 600)}`,
    without?.test(said) && `told what it must not: ${said.slice(0, 600)}`,
    pictures !== undefined && shown !== pictures && `${shown} pictures`,
    ...files
      .filter((name) => !names.includes(name))
      .map((name) => `no file ${name} among ${names.join(', ')}`),
    outputs.at(-1)?.type !== 'done' && 'it has no end',
  ].filter((line) => typeof line === 'string')
}

async function run(kernel: Kernel, code: string): Promise<KernelOutput[]> {
  const outputs: KernelOutput[] = []
  for await (const output of kernel.run(code, {})) outputs.push(output)
  return outputs
}

/** What the model is told of outputs, but for tracebacks; beside a picture only text that says more than its type. */
export const told = (outputs: KernelOutput[]): string =>
  outputs
    .map((output) => {
      if (output.type === 'stream') return output.text
      if (output.type !== 'display' && output.type !== 'result') return ''
      const text = output.data['text/plain'] ?? ''
      return output.data['image/png'] && /^<[^\n]*>$/.test(text) ? '' : `${text}\n`
    })
    .join('')
