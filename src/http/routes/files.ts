import { z } from 'zod'
import { createFileRequest, fileName } from '../../contract/files.ts'
import { namedFilesQuery } from '../../contract/list-filters.ts'
import { invalid } from '../../errors/errors.ts'
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
import { contextOf, type Api } from '../call.ts'
import { askedRange, download } from '../download.ts'
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
    const type = 'application/octet-stream'
    if (c.req.method === 'HEAD') return download(c, { ...(await retrieveFile(contextOf(c), id)), type })
    const { file, ...asked } = await downloadFile(contextOf(c), id, (bytes) => askedRange(c, bytes))
    return download(c, { ...file, ...asked, type })
  })
}
