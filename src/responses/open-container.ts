import { nowSeconds } from '../common/clock.ts'
import { isOfThread, toContainerFileId } from '../contract/responses/containers.ts'
import type { ResponseRecord } from '../contract/responses/response.ts'
import { getContainer, touchContainer } from '../store/containers.ts'
import type { Database } from '../store/database.ts'
import type { RunSandbox } from '../tools/tool.ts'
import { ToolFailure } from '../tools/tool-failure.ts'

/** The sandbox of the container of a response. It does not expire while the response is being made. */
export async function openContainer(db: Database, run: ResponseRecord): Promise<RunSandbox> {
  const { id: runId, project, state } = run
  const { container: id } = state
  // Without one no program runs.
  if (id === undefined) return { id: runId, hidesFiles: true }
  const container = await getContainer(db, project, id)
  const sandbox = container?.sandbox ?? id
  return {
    id: sandbox,
    hidesFiles: !isOfThread(sandbox),
    ...(!isOfThread(sandbox) && { pathOfPicture: (fileId) => `/mnt/data/${toContainerFileId(fileId)}.png` }),
    async used() {
      const isThere = await db.write((tx) => touchContainer(tx, project, id, nowSeconds()), 'committed')
      if (!isThere) throw new ToolFailure(`Container with id '${id}' not found.`)
    },
  }
}
