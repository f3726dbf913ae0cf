/** A tool as models call it. */
export interface CallableTool {
  type: string
  /** Of the functions that the model is offered. */
  names: readonly string[]
  /** The names of a tool of its kind that models were trained with. */
  otherNames?: RegExp | undefined
}

/**
 * Which tool of a run a model means by a name. The names that it was offered come first; a name that fits nothing is the
 * name of a function, which the run does not have.
 */
export function calledTool(tools: readonly CallableTool[], given: string): { type: string; name: string } {
  // `functions.f<|channel|>commentary`: what models write whose server does not read all of their format.
  const name = given
    .replace(/<\|[^]*$/, '')
    .trim()
    .replace(/^(functions|default_api)[.:]/, '')
  // `f:0`, with the number of the call.
  const unnumbered = name.replace(/:\d{1,9}$/, '')
  for (const candidate of [given, name, unnumbered]) {
    const offered = tools.find(({ names }) => names.includes(candidate))
    if (offered) return { type: offered.type, name: candidate }
  }
  const [first = unnumbered] = unnumbered.split('.')
  const known = tools.find(({ otherNames }) => otherNames?.test(unnumbered) || otherNames?.test(first))
  const own = known?.names[0]
  if (known && own !== undefined) return { type: known.type, name: own }
  return { type: 'function', name: shortName(given) }
}

/** Names of functions are not longer, and what is longer would be shown and told in full. */
const maxName = 64
const shortName = (given: string) =>
  given.length > maxName ? `${given.slice(0, maxName).toWellFormed()}…` : given
