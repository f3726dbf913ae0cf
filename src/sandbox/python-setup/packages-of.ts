/**
 * The entries of a requirements file by package. A package with different versions for different Pythons has several.
 * Each entry is the line of the requirement with the lines of its hashes.
 */
export function packagesOf(requirements: string): Map<string, string> {
  const packages = new Map<string, string>()
  let name = ''
  for (const line of requirements.split('\n')) {
    if (/^\s*(#|$)/.test(line)) continue
    name = /^([\w.-]+)==/.exec(line)?.[1] ?? name
    packages.set(name, `${packages.get(name) ?? ''}${line}\n`)
  }
  return packages
}
