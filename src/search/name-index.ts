/** The words of the files' names and titles. It is one short field per file, which is searched in memory. */
export interface NameIndex {
  /** For each term the positions of the files that contain it. A file is repeated as often as it contains the term. */
  readonly places: ReadonlyMap<string, readonly number[]>
  readonly lengths: Uint32Array
  readonly totalLength: number
}

/** `files` has the terms of the name and title of each file. */
export function indexNames(files: readonly (readonly string[])[]): NameIndex {
  const places = new Map<string, number[]>()
  const lengths = new Uint32Array(files.length)
  let totalLength = 0
  for (const [place, terms] of files.entries()) {
    lengths[place] = terms.length
    totalLength += terms.length
    for (const term of terms) {
      const found = places.get(term)
      if (found) found.push(place)
      else places.set(term, [place])
    }
  }
  return { places, lengths, totalLength }
}
