import { extname } from 'node:path'
import { unescape } from 'node:querystring'
import { buffer } from 'node:stream/consumers'
import { partsOf as givenParts, type InputItem } from '../contract/responses/input-items.ts'
import { mediaTypeOf } from '../contract/responses/input-files.ts'
import type { InputFile, InputPart, OutputPart } from '../contract/responses/items.ts'
import { downloadPublic, loadsPicture, type LoadsAddresses } from '../common/download-public.ts'
import { maxPictureBytes } from '../common/public-pictures.ts'
import { filesNotFound } from '../errors/errors.ts'
import { imageSignatureBytes, imageTypeOf } from '../common/image-type.ts'
import {
  fileNotRead,
  filesTooLarge,
  filesTooLong,
  noPicture,
  notDownloaded,
  notOfPicture,
  pictureTooLarge,
} from '../errors/response-errors.ts'
import { ExtractionFailure } from '../search/extract/extracted.ts'
import { contentOf, getFiles } from '../store/files.ts'
import { whenFilesAnswer } from '../store/blobs/when-files-answer.ts'
import type { FileRecord } from '../contract/files.ts'
import type { Context } from './context.ts'
import { withParts, withStoredPictures } from './stored-pictures.ts'

/** Of all files of a request together. */
const maxBytes = 50 * 2 ** 20
/** Of the text of all files of a request together, in characters. */
const maxText = 10_485_760
const timeoutMs = 120_000

/**
 * The items with the pictures that they leave out, and with the text of the files that they name, which is what the model reads of them. Throws the wire's errors for a
 * file that is not there, or that cannot be read, and for a picture that is not at the address where it would be loaded from
 * for this `model`. The items are those of the `field` of the request.
 */
export async function withFileTexts(
  ctx: Context,
  sent: readonly InputItem[],
  { model, field = 'input' }: { model?: LoadsAddresses | undefined; field?: 'input' | 'items' } = {},
): Promise<InputItem[]> {
  const given = await withStoredPictures(ctx, sent, field)
  const parts = given.flatMap(partsOf)
  const ids = parts.flatMap((part) => ('file_id' in part && part.file_id !== undefined ? [part.file_id] : []))
  const files = parts.filter((part) => part.type === 'input_file')
  if (ids.length + files.length === 0) {
    await refuseNoPictures(ctx, parts, { stored: new Map(), model })
    return given
  }
  const stored = new Map((await getFiles(ctx.db, ctx.project, ids)).map((file) => [file.id, file]))
  const missing = ids.filter((id) => !stored.has(id))
  if (missing.length > 0) throw filesNotFound([...new Set(missing)], 'input')
  await refuseNoPictures(ctx, parts, { stored, model })
  if (files.length === 0) return given
  const reading = new Reading(ctx, stored)
  const texts = new Map<InputPart | OutputPart, InputFile>()
  for (const file of files) texts.set(file, await reading.read(file))
  return given.map((one) => withParts(one, (part) => texts.get(part) ?? part))
}

/** Models fail at what is no picture only when they are asked, so it is refused before. */
async function refuseNoPictures(
  ctx: Context,
  parts: readonly (InputPart | OutputPart)[],
  { stored, model }: { stored: ReadonlyMap<string, FileRecord>; model: LoadsAddresses | undefined },
): Promise<void> {
  const loading = timeOf(ctx)
  for (const part of parts) {
    if (part.type !== 'input_image') continue
    const { file_id: id, image_url: address = '' } = part
    const file = id === undefined ? undefined : stored.get(id)
    if (file) {
      const { bytes, filename } = file.body
      if (bytes > maxPictureBytes) throw pictureTooLarge(maxPictureBytes)
      const range = { start: 0, end: Math.min(bytes, imageSignatureBytes) }
      const signal = AbortSignal.timeout(timeoutMs)
      const read = () => buffer(ctx.blobs.open(contentOf(file), range))
      const start = bytes === 0 ? new Uint8Array() : await whenFilesAnswer(read, signal)
      if (!imageTypeOf(start)) throw notOfPicture(extname(filename))
    } else if (/^data:/i.test(address)) {
      const beginning = address.slice(address.indexOf(',') + 1).slice(0, 100)
      if (!imageTypeOf(Buffer.from(beginning, 'base64'))) throw noPicture()
    } else if (model && !(await loadsPicture(model, address))) {
      const bytes = await ctx.pictures
        .load({ project: ctx.project, address }, loading)
        .catch(() => failed(ctx, address))
      if (!imageTypeOf(bytes)) throw noPicture()
    }
  }
}

const partsOf = (one: InputItem) => ('reference' in one ? [] : givenParts(one.given)[1])

/** Reads the files of one request one after the other. */
class Reading {
  readonly #ctx: Context
  readonly #stored: ReadonlyMap<string, FileRecord>
  readonly #signal: AbortSignal
  #bytes = 0
  #length = 0

  constructor(ctx: Context, stored: ReadonlyMap<string, FileRecord>) {
    this.#ctx = ctx
    this.#stored = stored
    this.#signal = timeOf(ctx)
  }

  async read(file: InputFile): Promise<InputFile> {
    const filename = file.filename ?? this.#stored.get(file.file_id ?? '')?.body.filename ?? nameOf(file)
    const text = await this.#textOf(file, filename).catch((error: unknown) => {
      throw error instanceof ExtractionFailure ? fileNotRead(filename, error) : error
    })
    this.#length += text.length
    if (this.#length > maxText) throw filesTooLong(maxText)
    return { ...file, filename, text }
  }

  async #textOf(file: InputFile, filename: string): Promise<string> {
    const { documents } = this.#ctx
    const stored = this.#stored.get(file.file_id ?? '')
    if (stored) {
      this.#count(stored.body.bytes)
      return documents.readFile(stored, this.#signal)
    }
    const bytes = file.file_data === undefined ? await this.#download(file) : decode(file.file_data)
    this.#count(bytes.byteLength)
    return documents.readBytes({ filename, bytes }, this.#signal)
  }

  #count(bytes: number): void {
    this.#bytes += bytes
    if (this.#bytes > maxBytes) throw filesTooLarge(maxBytes)
  }

  async #download({ file_url: address = '' }: InputFile): Promise<Uint8Array> {
    return downloadPublic(address, maxBytes, this.#signal, this.#ctx.publicFetch).catch(() =>
      failed(this.#ctx, address),
    )
  }
}

/** How long the files of a request may take, unless its caller leaves before. */
const timeOf = ({ leaving }: Context) =>
  AbortSignal.any([AbortSignal.timeout(timeoutMs), ...(leaving ? [leaving] : [])])

function failed({ leaving }: Context, address: string): never {
  leaving?.throwIfAborted()
  throw notDownloaded(address)
}

const decode = (data: string) => Buffer.from(data.slice(data.indexOf(',') + 1), 'base64')

/** A name for what has none, by which its format is known. */
function nameOf({ file_data: data, file_url: address }: InputFile): string {
  const last = address === undefined ? '' : (URL.parse(address)?.pathname.split('/').at(-1) ?? '')
  if (last !== '') return unescape(last).slice(0, 255)
  const type = data === undefined ? undefined : mediaTypeOf(data)
  return type === 'application/pdf' ? 'document.pdf' : type === 'text/html' ? 'document.html' : 'document'
}
