/** Finds what the markers and paths in a model's text refer to. */
export interface Sources {
  /** The id of the File at a path of the sandbox. */
  fileAt?: (path: string) => string | undefined
  /** True when the path of a file in the sandbox begins with this text, or is equal to it. */
  beginsFile?: (beginning: string) => boolean
  /** What a marker cites. When no tool has this method, the text is not searched for markers. */
  citation?: (marker: Marker) => Citation | undefined
}

export interface Marker {
  /** The index of the search in the run, and of the result in that search. */
  search: number
  result: number
  /** The file name that the model has written. */
  name: string
  /** The end of the text before the marker, without other markers. */
  before: string
}

export interface Citation {
  file_id: string
  filename: string
  quote?: string
  page_start?: number
  page_end?: number
}
