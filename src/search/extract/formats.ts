import { extname } from 'node:path'

export type Format =
  | 'plain'
  | 'markdown'
  | 'html'
  | 'pdf'
  | 'doc'
  | 'docx'
  | 'pptx'
  | 'xlsx'
  | 'odf'
  | 'epub'
  | 'rtf'
  | 'mail'
  | 'notebook'
  | 'wordml'

const formats = new Map<string, Format>([
  ...'c cpp cs css csv go java js json jsonl php py rb sh tex ts tsv txt xml yaml yml'
    .split(' ')
    .map((extension) => [`.${extension}`, 'plain'] as const),
  ['.md', 'markdown'],
  ['.markdown', 'markdown'],
  ['.mdx', 'markdown'],
  ['.html', 'html'],
  ['.htm', 'html'],
  ['.xhtml', 'html'],
  ['.pdf', 'pdf'],
  ['.doc', 'doc'],
  ['.docx', 'docx'],
  ['.pptx', 'pptx'],
  ['.xlsx', 'xlsx'],
  ['.odt', 'odf'],
  ['.odp', 'odf'],
  ['.ods', 'odf'],
  ['.epub', 'epub'],
  ['.rtf', 'rtf'],
  ['.eml', 'mail'],
  ['.mht', 'mail'],
  ['.mhtml', 'mail'],
  ['.ipynb', 'notebook'],
])

/** The format according to the name. When the name is not enough, the content decides (`detect-format.ts`). */
export const formatOf = (filename: string): Format | undefined =>
  formats.get(extname(filename.trim()).toLowerCase())

const noText =
  /\.(png|jpe?g|gif|webp|bmp|tiff?|heic|ico|mp[34]|wav|ogg|flac|m4a|avi|mkv|webm|zip|gz|tgz|bz2|xz|zst|7z|rar|tar)$/i

/**
 * Whether the name belongs to a binary format. Such a file is not read as text, even when all of its bytes are letters.
 */
export const namesNoText = (filename: string): boolean => noText.test(filename.trim())

/** Part of an error text for users whose file has no known format. */
export const whatIsRead =
  'Read here are text of any kind and encoding, HTML, mail (eml), PDF, Word (doc, docx), PowerPoint (pptx), ' +
  'Excel (xlsx), OpenDocument (odt, ods, odp), EPUB and RTF.'
