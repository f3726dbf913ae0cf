import { randomUUID } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pythonSources } from '../write-folder.ts'
import { sessionSettings, writableFolders, type NativeEngine } from '../native/native-engine.ts'
import type { NativeLauncher } from '../native/open-native.ts'
import { seccompFilter } from '../launchers/seccomp-filter.ts'
import { removeContainers, type DockerEngine } from './docker-engine.ts'
import { openContainer } from './open-container.ts'

/** The folder for files of this product in the container. */
const folder = '/tmp/.threadmill'
const filterFile = 'seccomp.bpf'

/** Runs each session in its own container. `machine` is the processor of the image. */
export async function docker(
  native: NativeEngine,
  engine: DockerEngine,
  machine: string,
): Promise<NativeLauncher> {
  const owner = randomUUID()
  const sources = await pythonSources()
  const filter = seccompFilter(machine)
  const files = new Map<string, string | Uint8Array>()
  for (const [name, text] of sources) files.set(`_${name}`, text)
  if (filter) files.set(filterFile, filter)
  const settings = {
    folder,
    filter: filter ? filterFile : null,
    session: { ...sessionSettings(native), fonts: join(folder, 'fonts') },
  }
  const program = {
    args: ['-I', '-B', '-c', sources.get('container.py') ?? '', JSON.stringify(settings)],
    image: engine.image,
    ...(engine.runtime !== undefined && { runtime: engine.runtime }),
    limits: native.limits,
    writable: writableFolders(native),
  }
  return {
    id: 'docker',
    isolation: engine.isolation,
    async open() {
      const container = await openContainer(engine.client, program, owner)
      container.input.write(packed(files, await fontLists(native.folder.fonts)))
      return container
    },
    close: () => removeContainers(engine.client, owner).catch(() => {}),
  }
}

/**
 * The format that python/container.py reads: ten digits, and then as many bytes of JSON. Files cannot be mounted,
 * because the engine may be on another machine.
 */
function packed(...parts: Map<string, string | Uint8Array>[]): string {
  const files = parts.flatMap((part) => [...part])
  const encoded = files.map(([name, content]) => [name, Buffer.from(content).toString('base64')])
  const text = JSON.stringify(Object.fromEntries(encoded))
  return String(text.length).padStart(10, '0') + text
}

/** Reads the font lists once, after a session has made them. */
async function fontLists(from: string): Promise<Map<string, Uint8Array>> {
  const lists = new Map<string, Uint8Array>()
  for (const name of await readdir(from)) lists.set(`fonts/${name}`, await readFile(join(from, name)))
  return lists
}
