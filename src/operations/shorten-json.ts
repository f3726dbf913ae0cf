/** In characters. The first is for each text of a value that is too large, the second for all of it together. */
const most = { text: 16_384, value: 131_072 }

const ellipsis = '…'

/**
 * A value of JSON that is shorter than the given one: long texts, lists and objects end with an ellipsis and how much was
 * left out.
 */
export function shortenJson<T>(given: T): T {
  let left = most.value
  const shorten = (value: unknown): unknown => {
    left -= 8
    if (typeof value === 'string') return shortText(value)
    if (typeof value !== 'object' || value === null) return value
    if (Array.isArray(value)) {
      const kept = takeWhile(value, shorten)
      return kept.length < value.length ? [...kept, leftOut(value.length - kept.length)] : kept
    }
    const entries = Object.entries(value)
    const kept = takeWhile(entries, ([key, one]) => [shortText(key), shorten(one)] as const)
    const more = entries.length - kept.length
    return Object.fromEntries(more > 0 ? [...kept, [ellipsis, leftOut(more)]] : kept)
  }
  const takeWhile = <From, To>(values: From[], take: (value: From) => To): To[] => {
    const taken: To[] = []
    for (const value of values) {
      if (left <= 0) break
      taken.push(take(value))
    }
    return taken
  }
  const shortText = (text: string): string => {
    const length = Math.max(0, Math.min(most.text, left))
    left -= Math.min(text.length, length)
    return text.length <= length ? text : text.slice(0, length) + leftOut(text.length - length)
  }
  return shorten(given) as T
}

const leftOut = (count: number) => `${ellipsis} [${count} more]`
