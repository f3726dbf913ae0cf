/** A tool with the names by which models call it. */
export interface CallableTool {
  type: string
  /** The names of the functions that the model is offered. */
  names: readonly string[]
  /** Names that models use for such a tool because they were trained with a similar one. */
  otherNames?: RegExp | undefined
}

/**
 * Finds the tool of a run that a model means by a name. The offered names are tried first. A name that fits nothing is
 * taken for a function that the run does not have.
 */
export function calledTool(tools: readonly CallableTool[], given: string): { type: string; name: string } {
  // Some servers leave tokens in the name, as in `functions.f<|channel|>commentary`.
  const name = given
    .replace(/<\|[^]*$/, '')
    .trim()
    .replace(/^(functions|default_api)[.:]/, '')
  // Some models add the number of the call, as in `f:0`.
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

/** Names of functions are not longer than this. A longer name would be shown and repeated in full. */
const maxName = 64
const shortName = (given: string) =>
  given.length > maxName ? `${given.slice(0, maxName).toWellFormed()}…` : given
