import { buffer } from 'node:stream/consumers'
import type { LanguageModelV4, LanguageModelV4FilePart, LanguageModelV4TextPart } from '@ai-sdk/provider'
import type { RunError } from '../contract/runs.ts'
import { lastError } from '../errors/last-error.ts'
import { StoreUnavailable } from '../errors/unavailable.ts'
import { contentOf, getFile } from '../store/files.ts'
import { whenFilesAnswer } from '../store/blobs/when-files-answer.ts'
import { loadsPicture } from '../common/download-public.ts'
import { imageTypeOf } from '../common/image-type.ts'
import { maxPictureBytes } from '../common/public-pictures.ts'
import type { Engine } from './engine.ts'
import type { Picture } from './conversation.ts'
import { RunFailure } from './run-failure.ts'

/** Turns a picture into the part that the model is sent. Throws a RunFailure when the picture cannot be loaded. */
export type LoadImage = (picture: Picture) => Promise<LanguageModelV4FilePart | LanguageModelV4TextPart>

/**
 * Makes pictures ready for this model. A URL that the provider downloads by itself is passed on. Every other picture is
 * read into memory here, so its size is limited.
 */
export function imageLoader(
  { db, blobs, pictures }: Pick<Engine, 'db' | 'blobs' | 'pictures'>,
  project: string,
  model: LanguageModelV4,
  signal: AbortSignal,
): LoadImage {
  const read = (id: string) =>
    whenFilesAnswer(() => buffer(blobs.open(id)), signal).catch((error: NodeJS.ErrnoException) => {
      // The file may be deleted after its row was read and before its content is opened.
      if (error.code === 'ENOENT') return undefined
      if (error instanceof StoreUnavailable) throw new RunFailure('server_error', lastError.filesAway)
      throw error
    })

  return async ({ source, detail }) => {
    const part = await load(source)
    return part.type === 'text' || detail === 'auto'
      ? part
      : { ...part, providerOptions: { openai: { imageDetail: detail } } }
  }

  async function load(image: Picture['source']): ReturnType<LoadImage> {
    if ('storedId' in image) {
      const file = await getFile(db, project, image.storedId)
      if (file && file.body.bytes > maxPictureBytes)
        throw new RunFailure('invalid_prompt', lastError.pictureTooLarge(maxPictureBytes / 2 ** 20))
      const bytes = file && (await read(contentOf(file)))
      return bytes
        ? picture(bytes, 'invalid_prompt')
        : { type: 'text', text: `[picture ${image.storedId}, deleted since]` }
    }
    const inline = /^data:image\/[^,]{1,200};base64,(.*)$/is.exec(image.url)
    if (inline?.[1] !== undefined) return picture(Buffer.from(inline[1], 'base64'), 'invalid_image_url')
    if (await loadsPicture(model, image.url))
      return { type: 'file', mediaType: 'image/*', data: { type: 'url', url: new URL(image.url) } }
    return picture(await download(image.url), 'invalid_image_url')
  }

  async function download(address: string): Promise<Buffer> {
    try {
      return await pictures.loaded({ project, address }, signal)
    } catch (error) {
      if (signal.aborted) throw error
      throw new RunFailure('invalid_image_url', lastError.pictureNotLoaded(address))
    }
  }
}

/** `code` says whether the failure is reported as a fault of the file or of the address. */
function picture(bytes: Buffer, code: RunError['code']) {
  const type = imageTypeOf(bytes)
  if (!type) throw new RunFailure(code, lastError.pictureFormat)
  return {
    type: 'file' as const,
    mediaType: type,
    data: { type: 'data' as const, data: new Uint8Array(bytes) },
  }
}
