/** What people expect of a code interpreter, the most wanted first: names of modules, and of the packages that bring them. */
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

/** What the operator types to make the optional parts whole. */
export const setupCommand = 'threadmill setup'

/** What brings data packages to this engine; `engine` is what the settings say of it. */
export const packagesCommand = (engine = 'auto'): string =>
  process.platform === 'linux' && !engine.startsWith('pyodide') ? setupCommand : 'threadmill python prefetch'

/** What a session is told of packages; harness_packages.py has the words for what is missing. */
export interface KnownPackages {
  /** Names of packages by their modules. */
  modules: Readonly<Record<string, string>>
  /** The modules that the command would bring. */
  brings: string[]
  command: string
}

/** Of the versions by module or package that a provider tells: the modules that people ask for, as they are imported. */
export const namesOfPackages = (packages: Readonly<Record<string, string>> = {}): string[] =>
  Object.entries(expectedPackages)
    .filter(([module, name]) => module in packages || name in packages)
    .map(([module]) => module)

/** For the operator: what is there, or what is missing and the command that brings it. */
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
