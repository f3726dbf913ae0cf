import { parseWholeXml } from '../xml.ts'
import type { Zip } from '../zip.ts'

/**
 * The parts to which a part of an Office document refers, by id. Each has its kind, which is the last word of its type,
 * and its name in the archive.
 */
export async function relationsOf(
  zip: Zip,
  part: string,
): Promise<Map<string, { kind: string; target: string }>> {
  const slash = part.lastIndexOf('/') + 1
  const relations = new Map<string, { kind: string; target: string }>()
  await parseWholeXml(zip.read(`${part.slice(0, slash)}_rels/${part.slice(slash)}.rels`), {
    open(name, attributes) {
      const [id, type, target] = ['Id', 'Type', 'Target'].map((key) => attributes.get(key))
      if (name !== 'Relationship' || !id || !target || attributes.get('TargetMode') === 'External') return
      relations.set(id, { kind: type?.split('/').at(-1) ?? '', target: resolvePath(part, target) })
    },
  })
  return relations
}

/** The name of the main part. Other programs may use another name than Office does. */
export async function mainPart(zip: Zip, defaultPath: string): Promise<string> {
  if (zip.has(defaultPath)) return defaultPath
  for (const { kind, target } of (await relationsOf(zip, '')).values())
    if (kind === 'officeDocument') return target
  return defaultPath
}

/** Resolves a relative path in an archive. It is relative to the folder of the path `from`. */
export function resolvePath(from: string, to: string): string {
  if (to.startsWith('/')) return to.slice(1)
  const path = from.split('/').slice(0, -1)
  for (const step of to.split('/')) {
    if (step === '..') path.pop()
    else if (step !== '.' && step !== '') path.push(step)
  }
  return path.join('/')
}
