import { readFile } from 'node:fs/promises'
import type { Address } from 'postal-mime'
import { decodeWhole } from '../decode.ts'
import type { ExtractedPart } from '../extracted.ts'
import { fileTooLarge } from '../failures.ts'
import type { Reading, SourceFile } from '../reader.ts'
import { sections } from '../sections.ts'
import { toMarkdown } from './to-markdown.ts'

/**
 * Reads a mail, or a page that a browser or Word has saved in the same format: its head, its text, and the names of
 * attachments.
 */
export async function* readMail(file: SourceFile, { limits, warn }: Reading): AsyncGenerator<ExtractedPart> {
  if (file.bytes > limits.maxWholeBytes) throw fileTooLarge()
  const { default: PostalMime } = await import('postal-mime')
  const mail = await PostalMime.parse(await readFile(file.path))
  const head = [
    ['Subject', mail.subject],
    ['From', named(mail.from ? [mail.from] : [])],
    ['To', named(mail.to)],
    ['Cc', named(mail.cc)],
    ['Date', mail.date],
  ].flatMap(([field, value]) => (value ? [`${field}: ${value}\n`] : []))
  if (head.length === 0 && !mail.html && !mail.text?.trim()) {
    // The content is not a mail, although the name of the file says so.
    yield { text: await decodeWhole(file.path, limits.maxText, fileTooLarge) }
    return
  }
  if (head.length > 0) yield { text: `${head.join('')}\n` }
  // HTML is preferred, because the plain text is often shorter or only says that there is HTML.
  const body = mail.html ? await toMarkdown(mail.html) : (mail.text ?? '')
  yield* sections(`${body.trim()}\n\n`)
  const attached = mail.attachments.flatMap(({ filename, related }) =>
    filename && !related ? [filename] : [],
  )
  if (attached.length === 0) return
  warn(`Files that are attached to the mail were not read: ${attached.length}.`)
  yield { text: `Attached: ${attached.join(', ')}\n` }
}

const named = (list: Address[] | undefined): string =>
  (list ?? [])
    .map(({ name, address }) => (address ? (name ? `${name} <${address}>` : address) : name))
    .join(', ')
