import { Readable } from 'node:stream'
import { z } from 'zod'
import { createFileRequest, fileName, type FileObject } from '../../contract/files.ts'
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
import { answer } from '../answer.ts'
import { contextOf, type Api, type Request } from '../call.ts'
import { downloadHeaders } from '../download.ts'
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
      return new Response(null, { headers: headersOf(c, await retrieveFile(contextOf(c), id)) })
    }
    const { file, content } = await downloadFile(contextOf(c), id)
    return new Response(Readable.toWeb(content) as ReadableStream, { headers: headersOf(c, file) })
  })
}

const headersOf = (c: Request, { filename, bytes }: FileObject) =>
  downloadHeaders(c, { filename, bytes, type: 'application/octet-stream' })
