/**
 * A part of a prompt: what it is, about how many tokens it has, and what it was made from. The transcript says what that
 * was, in numbers and words of its own. No part has a copy of the text.
 */
export type SentPart = readonly [kind: string, tokens: number, ...from: Value[]]
type Value = string | number

/** The parts of a prompt as they are stored: what they share with the prompt before it is not written again. */
export interface StoredParts {
  /** How many parts are the same at the beginning, and how many parts after them are not sent any more. */
  kept: [same: number, left: number]
  added: Packed[]
}

/** Parts of one kind that follow each other, as one column for each of their values. */
interface Packed {
  kind: string
  count: number
  columns: Column[]
}
/** One value for all, a list of values, or growing numbers as the first one and the steps after it. */
type Column = Value | Value[] | { from: number; steps: number[] }

/** A thousand messages have a few kilobytes in this form, and the later turns of a run next to nothing. */
export function storeParts(before: readonly SentPart[], now: readonly SentPart[]): StoredParts {
  let same = 0
  while (same < before.length && isSame(before[same], now[same])) same++
  // The oldest messages may be left out to make room, and what came after them is sent again.
  let left = 0
  while (!before.slice(same + left).every((part, at) => isSame(part, now[same + at]))) left++
  return { kept: [same, left], added: pack(now.slice(before.length - left)) }
}

export function restoreParts(before: readonly SentPart[], { kept, added }: StoredParts): SentPart[] {
  const [same, left] = kept
  return [...before.slice(0, same), ...before.slice(same + left), ...added.flatMap(unpack)]
}

const isSame = (one: SentPart | undefined, other: SentPart | undefined) =>
  one?.length === other?.length && (one ?? []).every((value, at) => value === other?.[at])

function pack(parts: SentPart[]): Packed[] {
  const groups: SentPart[][] = []
  for (const part of parts) {
    const [like] = groups.at(-1) ?? []
    if (like?.[0] === part[0] && like.length === part.length) groups.at(-1)?.push(part)
    else groups.push([part])
  }
  return groups.map((group) => {
    const [kind, ...values] = group[0] as SentPart
    return {
      kind,
      count: group.length,
      columns: values.map((_, at) => column(group.map((one) => one[at + 1] ?? 0))),
    }
  })
}

function column(values: Value[]): Column {
  const [from = 0] = values
  if (values.every((value) => value === from)) return from
  const steps = values.slice(1).map((value, at) => Number(value) - Number(values[at]))
  return typeof from === 'number' && steps.every((step) => step > 0) ? { from, steps } : values
}

function unpack({ kind, count, columns }: Packed): SentPart[] {
  const all = columns.map((one) => spread(one, count))
  return Array.from({ length: count }, (_, at): SentPart => {
    const [tokens, ...from] = all.map((values) => values[at] ?? 0)
    return [kind, Number(tokens), ...from]
  })
}

function spread(of: Column, count: number): Value[] {
  if (Array.isArray(of)) return of
  if (typeof of !== 'object') return Array.from({ length: count }, () => of)
  const values = [of.from]
  for (const step of of.steps) values.push((values.at(-1) ?? 0) + step)
  return values
}
