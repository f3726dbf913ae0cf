/** What markers and paths in a model's text lead to. */
export interface Sources {
  /** The File behind a path of the sandbox. */
  fileAt?: (path: string) => string | undefined
  /** Whether the path of a file of the sandbox begins with this, or is it. */
  beginsFile?: (beginning: string) => boolean
  /** What a marker cites. Where no tool has this, no marker is looked for. */
  citation?: (marker: Marker) => Citation | undefined
}

export interface Marker {
  /** The m-th result of the run's n-th search. */
  search: number
  result: number
  /** What the model wrote as the name of the file. */
  name: string
  /** The end of the text that the marker stands after, without other markers. */
  before: string
}

export interface Citation {
  file_id: string
  filename: string
  quote?: string
  page_start?: number
  page_end?: number
}
