/** A passage of a file as search compares it with queries. An addition to the original. */
export interface VectorStoreFileChunk {
  id: string
  object: 'vector_store.file.chunk'
  /** Its place among the chunks of the file, from 0. */
  index: number
  text: string
  tokens: number
  /**
   * Where it is in the text of the file, in UTF-16 units. Null when it was cut by an older version and the place is not
   * known.
   */
  start: number | null
  end: number | null
  /** From 1. Null in files without pages. */
  page_start: number | null
  page_end: number | null
}

/** The text of a page as search saw it. An addition to the original. */
export interface VectorStoreFilePage {
  id: string
  object: 'vector_store.file.page'
  /** From 1. Null in files without pages, which are cut into pieces of about 20,000 characters. */
  page: number | null
  text: string
  /** Where it is in the text of the file, in UTF-16 units. */
  start: number
  end: number
}

export const chunkId = (number: number) => `chunk_${number}`
