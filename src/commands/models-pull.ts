import { localModelFolder } from '../search/local-embedder.ts'
import { pullModel } from '../search/pull-model.ts'
import type { Context, Given } from './command.ts'
import { megabytes } from './output.ts'

/** `threadmill models pull embedding`. */
export async function modelsPull(_given: Given, { config, output, signal }: Context): Promise<number> {
  const { dataDir, modelMirror } = config('write')
  const folder = localModelFolder(dataDir)
  const bar = output.progress('fetched', megabytes)
  await pullModel(folder, {
    ...(modelMirror !== '' && { mirror: modelMirror }),
    onProgress: (done, total) => bar(done, total),
    signal,
  })
  output.print(`The model is in ${folder}. Say "embedding": "local" in the config file to use it.`)
  return 0
}
