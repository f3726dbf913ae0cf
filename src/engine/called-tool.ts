import type { Tool } from '../contract/tools.ts'

/** What models that were trained with tools of their own call ours. */
const otherNames: [pattern: RegExp, type: 'code_interpreter' | 'file_search'][] = [
  [
    /^(code[-_ ]?interpreter|i?python[23]?|(run|execute)_python|python_(interpreter|tool))$/i,
    'code_interpreter',
  ],
  [/^(file[-_ ]?search|msearch|myfiles_browser)$/i, 'file_search'],
]

/**
 * Which tool of a run a model means by a name. The caller's own functions come first; a name that fits nothing is the
 * name of a function, which the run does not have.
 */
export function calledTool(tools: Tool[], given: string): { type: Tool['type']; name: string } {
  // `functions.f<|channel|>commentary`: what models write whose server does not read all of their format.
  const name = given
    .replace(/<\|[^]*$/, '')
    .trim()
    .replace(/^functions[.:]/, '')
  for (const candidate of [given, name]) {
    if (tools.some((tool) => tool.type === 'function' && tool.function.name === candidate)) {
      return { type: 'function', name: candidate }
    }
  }
  const [first = name] = name.split('.')
  const type = otherNames.find(([pattern]) => pattern.test(name) || pattern.test(first))?.[1]
  if (type && tools.some((tool) => tool.type === type)) return { type, name: type }
  return { type: 'function', name: given }
}
