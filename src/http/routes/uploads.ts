import { completeUploadRequest, createUploadRequest } from '../../contract/uploads.ts'
import { invalid } from '../../errors/errors.ts'
import { discard } from '../../operations/files.ts'
import {
  addUploadPart,
  cancelUpload,
  completeUpload,
  createUpload,
  receivePart,
} from '../../operations/uploads.ts'
import { answer } from '../answer.ts'
import { contextOf, type Api } from '../call.ts'
import { readJson } from '../input.ts'
import { readForm } from '../multipart.ts'

export function uploadRoutes(api: Api): void {
  api.post('/uploads', async (c) =>
    answer(c, await createUpload(contextOf(c), await readJson(c, createUploadRequest))),
  )

  api.post('/uploads/:upload_id/parts', async (c) => {
    const ctx = contextOf(c)
    const id = c.req.param('upload_id')
    const { file } = await readForm(
      c,
      'data',
      (content) => receivePart(ctx, id, content),
      (stored) => discard(ctx, stored),
    )
    if (!file) throw invalid("'data' is a required property")
    try {
      return answer(c, await addUploadPart(ctx, id, file.stored))
    } catch (error) {
      await discard(ctx, file.stored, error)
      throw error
    }
  })

  api.post('/uploads/:upload_id/complete', async (c) => {
    const input = await readJson(c, completeUploadRequest)
    return answer(c, await completeUpload(contextOf(c), c.req.param('upload_id'), input))
  })

  api.post('/uploads/:upload_id/cancel', async (c) =>
    answer(c, await cancelUpload(contextOf(c), c.req.param('upload_id'))),
  )
}
