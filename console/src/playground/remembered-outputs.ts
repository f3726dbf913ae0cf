import { outputsName, placeOfKey } from '../api/session.ts'

const most = 200

/**
 * What was answered to calls of functions before, by the function and its arguments. It lasts as long as the key does:
 * it is forgotten with the tab, or when somebody signs out.
 */
function read(): Map<string, string> {
  try {
    return new Map(JSON.parse(placeOfKey().getItem(outputsName) ?? '[]') as [string, string][])
  } catch {
    return new Map()
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
  return known.get(keyOf(call)) ?? known.get(call.name) ?? ''
}

export function rememberOutput(call: Call, output: string): void {
  const known = read()
  for (const key of [keyOf(call), call.name]) {
    // The newest are last.
    known.delete(key)
    known.set(key, output)
  }
  try {
    placeOfKey().setItem(outputsName, JSON.stringify([...known].slice(-most)))
  } catch {
    // It was a convenience: there is no place for more.
  }
}
