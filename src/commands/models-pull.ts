import { pulledModelFolder } from '../sandbox/embedding/local-model.ts'
import { pullModel } from '../search/pull-model.ts'
import type { CommandContext, Given } from './command.ts'
import { megabytes } from './output.ts'
import { useProxyOfEnvironment } from './use-proxy.ts'

/** `threadmill models pull embedding`. */
export async function modelsPull(
  _given: Given,
  { config, output, program, signal }: CommandContext,
): Promise<number> {
  useProxyOfEnvironment()
  const { dataDir, modelMirror } = config('write')
  const folder = pulledModelFolder(dataDir)
  const bar = output.progress('fetched', megabytes)
  await pullModel(folder, {
    ...(modelMirror !== '' && { mirror: modelMirror }),
    onProgress: (done, total) => bar(done, total),
    signal,
  })
  output.print(`The model is in ${folder}. What runs it comes with: ${program} setup`)
  return 0
}
