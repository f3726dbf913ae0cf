export interface Collection {
  name: string
  documents: { id: string; text: string }[]
  queries: { id: string; text: string }[]
  /** By query and document: how relevant, above 0. */
  relevant: ReadonlyMap<string, ReadonlyMap<string, number>>
}

export interface Source {
  name: string
  /** Where people get it, for those that are not there. */
  from: string
  /** Undefined: it is not in the folder. */
  read(folder: string): Collection | undefined
}
