import { fileName } from '../../contract/files.ts'
import { pageQuery } from '../../contract/list.ts'
import {
  containerFileRequest,
  containersQuery,
  createContainerRequest,
} from '../../contract/responses/containers.ts'
import { malformedBody } from '../../contract/responses/response-queries.ts'
import { object } from '../../contract/objects.ts'
import {
  addFileToContainer,
  createContainerFile,
  deleteContainerFile,
  downloadContainerFile,
  getContainerFile,
  listContainerFiles,
} from '../../operations/container-files.ts'
import {
  createContainer,
  deleteContainer,
  getContainer,
  listContainers,
} from '../../operations/containers.ts'
import { discard, receiveFile } from '../../operations/files.ts'
import { answer } from '../answer.ts'
import { contextOf, type Api, type Request } from '../call.ts'
import { askedRange, download, typeOfFile } from '../download.ts'
import { parse, readJson, readQuery } from '../input.ts'
import { readForm } from '../multipart.ts'
import { inListOrder } from '../response-list.ts'

const all = '/containers'
const one = '/containers/:container_id'
const files = `${one}/files`
const oneFile = `${files}/:container_file_id`

export function containerRoutes(api: Api): void {
  const idOf = (c: Request) => c.req.param('container_id') ?? ''
  const fileOf = (c: Request) => c.req.param('container_file_id') ?? ''

  api.get(all, async (c) =>
    answer(c, inListOrder(await listContainers(contextOf(c), readQuery(c, containersQuery)))),
  )

  api.post(all, async (c) =>
    answer(c, await createContainer(contextOf(c), await readJson(c, createContainerRequest, malformedBody))),
  )

  api.get(one, async (c) => answer(c, await getContainer(contextOf(c), idOf(c))))

  api.delete(one, async (c) => answer(c, await deleteContainer(contextOf(c), idOf(c))))

  api.get(files, async (c) =>
    answer(c, inListOrder(await listContainerFiles(contextOf(c), idOf(c), readQuery(c, pageQuery)))),
  )

  // The file itself, or the id of a File.
  api.post(files, async (c) => {
    if (/^multipart\//i.test(c.req.header('content-type') ?? '')) return answer(c, await upload(c, idOf(c)))
    const { file_id } = await readJson(c, containerFileRequest, malformedBody)
    return answer(c, await addFileToContainer(contextOf(c), idOf(c), file_id))
  })

  api.get(oneFile, async (c) => answer(c, await getContainerFile(contextOf(c), idOf(c), fileOf(c))))

  api.delete(oneFile, async (c) => answer(c, await deleteContainerFile(contextOf(c), idOf(c), fileOf(c))))

  api.get(`${oneFile}/content`, async (c) => {
    const isHead = c.req.method === 'HEAD'
    const choose = (bytes: number) => (isHead ? undefined : askedRange(c, bytes))
    const { file, content, range } = await downloadContainerFile(contextOf(c), idOf(c), fileOf(c), choose)
    const filename = file.path.slice(file.path.lastIndexOf('/') + 1)
    if (isHead) content.destroy()
    const { bytes } = file.body
    return download(c, { filename, bytes, type: typeOfFile(filename), range, ...(!isHead && { content }) })
  })
}

const uploaded = object({ file: fileName })

async function upload(c: Request, containerId: string) {
  const ctx = contextOf(c)
  const { fields, file } = await readForm(
    c,
    'file',
    (content) => receiveFile(ctx, content),
    (stored) => discard(ctx, stored),
  )
  try {
    // Some clients send the id of a File in a form as well.
    if (!file) {
      const { file_id } = parse(containerFileRequest, fields)
      return await addFileToContainer(ctx, containerId, file_id)
    }
    const { file: filename } = parse(uploaded, { ...fields, file: file.filename || 'upload' })
    return await createContainerFile(ctx, containerId, { filename, content: file.stored })
  } catch (error) {
    if (file) await discard(ctx, file.stored, error)
    throw error
  }
}
