const name = 'threadmill-outputs'
const most = 200

/** What was answered to calls of functions before, by the function and its arguments, in this browser. */
function read(): Record<string, string> {
  try {
    return JSON.parse(localStorage.getItem(name) ?? '{}')
  } catch {
    return {}
  }
}

interface Call {
  name: string
  arguments: string
}

const keyOf = ({ name: of, arguments: given }: Call) => `${of} ${given}`

/** The answer to the same call, else the last answer of the function. Empty when there is none. */
export function rememberedOutput(call: Call): string {
  const known = read()
  return known[keyOf(call)] ?? known[call.name] ?? ''
}

export function rememberOutput(call: Call, output: string): void {
  const { [keyOf(call)]: _, [call.name]: __, ...others } = read()
  const kept = Object.entries(others).slice(-most)
  try {
    localStorage.setItem(
      name,
      JSON.stringify({ ...Object.fromEntries(kept), [keyOf(call)]: output, [call.name]: output }),
    )
  } catch {
    // It was a convenience: there is no place for more.
  }
}
