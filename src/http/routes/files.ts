import { Readable } from 'node:stream'
import { z } from 'zod'
import { createFileRequest, fileName, plainFileName, type FileObject } from '../../contract/files.ts'
import { namedFilesQuery } from '../../contract/list-filters.ts'
import { invalid } from '../../errors.ts'
import {
  createFile,
  deleteFile,
  discard,
  downloadFile,
  listFiles,
  receiveFile,
  retrieveFile,
} from '../../operations/files.ts'
import { answer, wireHeaders } from '../answer.ts'
import { contextOf, type Api, type Request } from '../call.ts'
import { parse, readQuery } from '../input.ts'
import { readForm } from '../multipart.ts'

/** The error names the field in which the file was sent. */
const namedFile = z.object({ file: fileName })

const fileWithoutName = () =>
  invalid(
    "Invalid 'file'. Expected a file, but this part of the form has no file name: give its Content-Disposition a 'filename'.",
    'file',
    'invalid_value',
  )

export function fileRoutes(api: Api): void {
  api.get('/files', async (c) => answer(c, await listFiles(contextOf(c), readQuery(c, namedFilesQuery))))

  api.post('/files', async (c) => {
    const ctx = contextOf(c)
    const { fields, file, withoutName } = await readForm(
      c,
      'file',
      (content) => receiveFile(ctx, content),
      (stored) => discard(ctx, stored),
    )
    try {
      const input = parse(createFileRequest, fields)
      if (!file) throw withoutName ? fileWithoutName() : invalid("'file' is a required property")
      const { file: filename } = parse(namedFile, { file: file.filename || 'upload' })
      return answer(c, await createFile(ctx, { ...input, filename }, file.stored))
    } catch (error) {
      if (file) await discard(ctx, file.stored, error)
      throw error
    }
  })

  api.get('/files/:file_id', async (c) => answer(c, await retrieveFile(contextOf(c), c.req.param('file_id'))))

  api.delete('/files/:file_id', async (c) =>
    answer(c, await deleteFile(contextOf(c), c.req.param('file_id'))),
  )

  api.get('/files/:file_id/content', async (c) => {
    const id = c.req.param('file_id')
    if (c.req.method === 'HEAD') {
      return new Response(null, { headers: downloadHeaders(c, await retrieveFile(contextOf(c), id)) })
    }
    const { file, content } = await downloadFile(contextOf(c), id)
    return new Response(Readable.toWeb(content) as ReadableStream, { headers: downloadHeaders(c, file) })
  })
}

const downloadHeaders = (c: Request, file: FileObject): Record<string, string> => ({
  ...wireHeaders(c, 'application/octet-stream'),
  // A name with a path could make a client save the file in another folder.
  'content-disposition': disposition(plainFileName(file.filename) || 'file'),
  'content-length': String(file.bytes),
})

/** RFC 6266: characters that a header cannot contain are in `filename*`. */
function disposition(filename: string): string {
  const plain = filename.replaceAll(/[^\x20-\x7e]|["\\]/g, '_')
  const encoded = encodeURIComponent(filename.toWellFormed()).replaceAll(/['()*]/g, (sign) => `%${hex(sign)}`)
  const exact = plain === filename ? '' : `; filename*=UTF-8''${encoded}`
  return `attachment; filename="${plain}"${exact}`
}

const hex = (sign: string) => sign.charCodeAt(0).toString(16).toUpperCase()
