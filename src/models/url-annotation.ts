/** A citation as OpenAI's Responses API writes it. Indexes count code points from the beginning of a block of text. */
export interface UrlAnnotation {
  type: 'url_citation'
  url: string
  title: string
  start_index: number
  end_index: number
  [field: string]: string | number
}

/** In code points. */
export function lengthOf(text: string): number {
  let length = 0
  for (const _ of text) length++
  return length
}

/** What the end of a block of text says of it, where its provider says it in other words than OpenAI. */
export const annotated = (annotations: UrlAnnotation[]) => ({ threadmill: { annotations } })
