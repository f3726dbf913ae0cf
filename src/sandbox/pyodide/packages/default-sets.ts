import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { lockedSet, pyodideLock } from './locked-set.ts'
import type { PackageSet } from './package-set.ts'
import { pinnedSet } from './pinned-set.ts'

/** Packages of Pyodide's own distribution. */
const locked =
  'numpy pandas matplotlib scipy scikit-learn statsmodels sympy networkx pillow lxml beautifulsoup4 xlrd pyyaml ' +
  'wordcloud scikit-image requests tzdata'

/** Packages of `python setup`, with the names under which they are imported. */
const pure = {
  openpyxl: 'openpyxl',
  'et-xmlfile': 'et_xmlfile',
  xlsxwriter: 'xlsxwriter',
  seaborn: 'seaborn',
  pypdf: 'pypdf',
  tabulate: 'tabulate',
  'python-docx': 'docx',
  'python-pptx': 'pptx',
  reportlab: 'reportlab',
  plotly: 'plotly',
  narwhals: 'narwhals',
}

/** The addresses to fetch the sets from, when these are not the default ones. */
export interface Mirrors {
  pyodide?: string
  pypi?: string
}

/** The sets that `python prefetch` fetches for this version of Pyodide, and that sessions then have. */
export async function defaultSets(mirrors: Mirrors = {}): Promise<PackageSet[]> {
  const folder = dirname(createRequire(import.meta.url).resolve('pyodide/package.json'))
  const read = async (path: string) => JSON.parse(await readFile(join(folder, path), 'utf8')) as unknown
  const { version } = (await read('package.json')) as { version: string }
  const published = `https://cdn.jsdelivr.net/pyodide/v${version}/full`
  const requirements = new URL('../../python-setup/requirements.txt', import.meta.url)
  return [
    lockedSet(
      pyodideLock.parse(await read('pyodide-lock.json')),
      locked.split(' '),
      mirrors.pyodide ?? published,
    ),
    pinnedSet(await readFile(requirements, 'utf8'), pure, mirrors.pypi),
  ]
}
