import { commandLine } from '../common/called-as.ts'

/** The packages that people expect of a code interpreter, by the name of the module. The most wanted come first. */
export const expectedPackages: Readonly<Record<string, string>> = {
  numpy: 'numpy',
  pandas: 'pandas',
  matplotlib: 'matplotlib',
  scipy: 'scipy',
  sklearn: 'scikit-learn',
  statsmodels: 'statsmodels',
  sympy: 'sympy',
  seaborn: 'seaborn',
  plotly: 'plotly',
  networkx: 'networkx',
  openpyxl: 'openpyxl',
  xlsxwriter: 'xlsxwriter',
  xlrd: 'xlrd',
  pyarrow: 'pyarrow',
  h5py: 'h5py',
  docx: 'python-docx',
  pptx: 'python-pptx',
  pypdf: 'pypdf',
  PyPDF2: 'pypdf2',
  pdfplumber: 'pdfplumber',
  pypdfium2: 'pypdfium2',
  reportlab: 'reportlab',
  fpdf: 'fpdf2',
  PIL: 'pillow',
  cv2: 'opencv-python-headless',
  skimage: 'scikit-image',
  wordcloud: 'wordcloud',
  qrcode: 'qrcode',
  bs4: 'beautifulsoup4',
  lxml: 'lxml',
  html5lib: 'html5lib',
  jinja2: 'jinja2',
  yaml: 'pyyaml',
  tabulate: 'tabulate',
  tqdm: 'tqdm',
  resvg_py: 'resvg-py',
}

/** The command with which the operator installs all optional parts. */
export const setupCommand = (): string => commandLine('setup')

/** The command that installs the data packages for this engine. `engine` is the setting of the operator. */
export const packagesCommand = (engine = 'auto'): string =>
  process.platform === 'linux' && !engine.startsWith('pyodide')
    ? setupCommand()
    : commandLine('python prefetch')

/** What a session knows about packages. harness_packages.py makes the texts about missing ones. */
export interface KnownPackages {
  /** The names of packages, by the names of their modules. */
  modules: Readonly<Record<string, string>>
  /** The modules that the command would install. */
  brings: string[]
  command: string
}

/**
 * Filters the versions that a provider reports, by module or by package: the modules that people ask for, under the
 * names by which they are imported.
 */
export const namesOfPackages = (packages: Readonly<Record<string, string>> = {}): string[] =>
  Object.entries(expectedPackages)
    .filter(([module, name]) => module in packages || name in packages)
    .map(([module]) => module)

/** Tells the operator which packages are there, or what is missing and the command that installs it. */
export function packagesInWords(
  packages: Readonly<Record<string, string>> | undefined,
  command: string,
): string {
  const there = namesOfPackages(packages)
  const lacks = Object.keys(expectedPackages).filter((module) => !there.includes(module))
  if (lacks.length === 0) return `with ${there.slice(0, 5).join(', ')} and ${there.length - 5} more packages`
  const [first, second, third] = lacks
  const some = [first, second, third].filter((name) => name !== undefined).join(', ')
  const more = lacks.length > 3 ? ` and ${lacks.length - 3} more` : ''
  const have = there.length === 0 ? 'no data packages' : `with ${there.join(', ')}`
  return `${have}; ${some}${more} come with: ${command}`
}
