import type { Kernel, KernelOutput } from '../../src/sandbox/sandbox.ts'
import { isSandboxName } from '../../src/sandbox/kernel/sandbox-name.ts'
import { place } from './pairs.ts'
import { all } from './all.ts'
import type { Attempt } from './attempt.ts'

const { output, images, imageBytes, files, fileBytes } = place.limits

export interface Collected {
  /** What should not have been taken. */
  wrong: string[]
  /** What was in the files. */
  text: string
}

/** Collects what an attempt left, as the server does after every cell. */
export async function collect(kernel: Kernel, outputs: KernelOutput[], attempt: Attempt): Promise<Collected> {
  const { id, notTaken = [] } = attempt
  const wrong: string[] = []
  let text = ''
  const bundles = outputs.flatMap((output) =>
    output.type === 'display' || output.type === 'result' ? [output.data] : [],
  )
  const pictures = bundles.flatMap((data) => data['image/png'] ?? [])
  if (pictures.length > images) wrong.push(`${pictures.length} pictures`)
  if (pictures.some((base64) => (base64.length * 3) / 4 > imageBytes + 2)) wrong.push('a large picture')
  const types = new Set(['text/plain', 'text/html', 'text/latex', 'image/svg+xml', 'image/png'])
  for (const type of bundles.flatMap((data) => Object.keys(data)))
    if (!types.has(type)) wrong.push(`an answer of type ${type}`)
  const printed = outputs.reduce((sum, one) => sum + (one.type === 'stream' ? one.text.length : 0), 0)
  if (printed > output) wrong.push(`${printed} characters`)
  if (id === 'H03' && pictures.length > 0) wrong.push('a script as a picture')

  const { files: changed } = await kernel.changedFiles()
  if (changed.length > files) wrong.push(`${changed.length} files`)
  for (const { name, size } of changed) {
    if (!isSandboxName(name) || size > fileBytes) wrong.push(`the file ${JSON.stringify(name)}`)
    for await (const bytes of kernel.getFile(name, fileBytes)) text += Buffer.from(bytes).toString('latin1')
  }
  if (id === 'H01')
    for (const { name } of changed)
      if (name !== 'fine.txt' && name !== 'n'.repeat(255)) wrong.push(`the file ${JSON.stringify(name)}`)
  for (const name of notTaken) {
    const bytes = await all(kernel.getFile(name, fileBytes)).catch(() => undefined)
    if (bytes) wrong.push(`the bytes of ${name}`)
  }
  return { wrong, text }
}
