import { data } from './data.ts'
import { documents } from './documents.ts'
import { language } from './language.ts'
import { notebook } from './notebook.ts'
import { pictures } from './pictures.ts'
import type { Snippet } from './snippet.ts'

/** The one list for every engine, by kind. */
export const snippets: Record<string, Snippet[]> = {
  Python: language,
  Notebooks: notebook,
  'Tables and numbers': data,
  'Charts and images': pictures,
  Documents: documents,
}
