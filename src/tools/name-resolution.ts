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
    .replace(/^(functions|default_api)[.:]/, '')
  // `f:0`, with the number of the call.
  const unnumbered = name.replace(/:\d{1,9}$/, '')
  for (const candidate of [given, name, unnumbered]) {
    if (tools.some((tool) => tool.type === 'function' && tool.function.name === candidate)) {
      return { type: 'function', name: candidate }
    }
  }
  const [first = unnumbered] = unnumbered.split('.')
  const type = otherNames.find(([pattern]) => pattern.test(unnumbered) || pattern.test(first))?.[1]
  if (type && tools.some((tool) => tool.type === type)) return { type, name: type }
  return { type: 'function', name: shortName(given) }
}

/** Names of functions are not longer, and what is longer would be shown and told in full. */
const maxName = 64
const shortName = (given: string) =>
  given.length > maxName ? `${given.slice(0, maxName).toWellFormed()}…` : given
