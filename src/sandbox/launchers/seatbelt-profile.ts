import { dirname } from 'node:path'

/**
 * A profile for macOS's Seatbelt and the values of its parameters. Paths are parameters, because in the text a
 * quotation mark in a path would end the string, and the rest of the path would become rules.
 */
export interface SeatbeltProfile {
  text: string
  parameters: Record<string, string>
}

/** The libraries of the system and the cache in which they are linked. Since macOS 13 they are also in cryptexes. */
const libraries = [
  '/usr/lib',
  '/System/Library/Frameworks',
  '/System/Library/PrivateFrameworks',
  '/System/Library/SubFrameworks',
  '/System/Library/dyld',
  '/System/Cryptexes/OS',
  '/System/Volumes/Preboot/Cryptexes/OS',
  '/private/var/db/dyld',
]

/**
 * The root folder itself is needed, because the loader aborts without it. Node ends when OpenSSL has a configuration
 * that it cannot read.
 */
const files = [
  '/',
  '/dev/null',
  '/dev/random',
  '/dev/urandom',
  '/System/Library/CoreServices/SystemVersion.plist',
  '/System/Library/OpenSSL/openssl.cnf',
  '/private/etc/ssl/openssl.cnf',
]
const data = ['/usr/share/icu', '/usr/share/zoneinfo.default', '/private/var/db/timezone']
/** Links of the system to its folders in /private. */
const links = ['/etc', '/tmp', '/var']

/**
 * The allowed names. Without this list, `kern.procargs2`, which cannot be refused by its name, would return the
 * arguments and the environment of every process of the same user. os.js asks for the name of the machine when it is
 * loaded.
 */
const sysctls = words(`
  hw.activecpu hw.byteorder hw.cachelinesize hw.cachelinesize_compat hw.cpufamily hw.cpufrequency
  hw.cpufrequency_compat hw.cputype hw.l1dcachesize hw.l1icachesize hw.l2cachesize hw.l3cachesize hw.logicalcpu
  hw.logicalcpu_max hw.machine hw.memsize hw.model hw.ncpu hw.nperflevels hw.packages hw.pagesize hw.pagesize_compat
  hw.physicalcpu hw.physicalcpu_max hw.tbfrequency hw.tbfrequency_compat hw.vectorunit
  kern.argmax kern.hostname kern.maxfilesperproc kern.osproductversion kern.osrelease kern.ostype
  kern.osvariant_status kern.osversion kern.secure_kernel kern.usrstack64 kern.version
  machdep.cpu.brand_string security.mac.lockdown_mode_state sysctl.proc_cputype
`)
const sysctlPrefixes = ['hw.optional.', 'hw.perflevel']

/**
 * Allows what is needed to run Node on the files below `readOnly`, and nothing else: no network, no writing, no other
 * program, no fork, no signal except to itself, no service of the system. All paths must be real paths without links.
 */
export function seatbeltProfile(node: string, readOnly: string[]): SeatbeltProfile {
  const parameters: Record<string, string> = {}
  const parameter = (kind: string, paths: string[]) =>
    paths.map((path, i) => {
      parameters[`${kind}_${i}`] = path
      return `(param "${kind}_${i}")`
    })
  const program = parameter('NODE', [node])
  const linked = parameter('LIBRARIES', librariesOf(node))
  const read = parameter('READ', readOnly)
  const all = [node, ...librariesOf(node), ...readOnly, ...libraries, ...files, ...data]
  const above = new Set([...all.flatMap(ancestors), ...links])
  const filters = (kind: string, values: string[]) => values.map((value) => `  (${kind} ${value})`)
  const rule = (operations: string, ...parts: string[][]) =>
    `(allow ${operations}\n${parts.flat().join('\n')})`
  const text = [
    '(version 1)',
    // Without `no-log` the log would contain names that models make up.
    '(deny default (with no-log))',
    rule('process-exec', filters('literal', program)),
    rule('process-info*', filters('target', ['self'])),
    rule('signal', filters('target', ['self'])),
    rule(
      'sysctl-read',
      filters('sysctl-name', sysctls.map(quoted)),
      filters('sysctl-name-prefix', sysctlPrefixes.map(quoted)),
    ),
    rule(
      'file-read* file-map-executable',
      filters('subpath', libraries.map(quoted)),
      filters('literal', program),
      filters('subpath', linked),
    ),
    rule(
      'file-read*',
      filters('literal', files.map(quoted)),
      filters('subpath', [...data.map(quoted), ...read]),
    ),
    // realpath(3) needs these.
    rule('file-read-metadata', filters('literal', parameter('ABOVE', [...above]))),
  ]
  return { text: text.join('\n'), parameters }
}

function words(text: string): string[] {
  return text.trim().split(/\s+/)
}

/** This is safe only for texts that are constants of this program. */
const quoted = (text: string) => `"${text}"`

/** The folders of libraries that are not the system's, when Node is linked to such libraries. */
function librariesOf(node: string): string[] {
  const homebrew = /^(.+)\/Cellar\//.exec(node)?.[1]
  if (homebrew !== undefined) {
    return ['Cellar', 'opt', 'lib', 'etc/openssl@3/openssl.cnf'].map((name) => `${homebrew}/${name}`)
  }
  if (node.startsWith('/nix/store/')) return ['/nix/store']
  return node.startsWith('/opt/local/') ? ['/opt/local/lib', '/opt/local/libexec'] : []
}

function ancestors(path: string): string[] {
  const above = dirname(path)
  return above === path ? [] : [above, ...ancestors(above)]
}
