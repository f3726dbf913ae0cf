import { createReadStream } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Kernel } from '../../sandbox.ts'

const maxBytes = 512 << 20

/**
 * Unpacks a wheel into a folder, with a compiled file beside each source. A confined kernel does this, because it has
 * the same Python that will read the files. `root` is the path of the folder in sessions.
 */
export async function unpackWheel(
  kernel: Kernel,
  wheel: string,
  folder: string,
  root: string,
): Promise<void> {
  await kernel.putFile('wheel', createReadStream(wheel))
  for await (const output of kernel.run(unpack(root), {})) {
    if (output.type === 'error') throw new Error(`${wheel}: ${output.ename}: ${output.evalue}`)
    if (output.type === 'done' && output.status !== 'ok') throw new Error(`${wheel}: ${output.status}`)
  }
  const parts: Uint8Array[] = []
  for await (const part of kernel.getFile('unpacked', maxBytes)) parts.push(part)
  for (const [name, bytes] of entriesOf(Buffer.concat(parts))) {
    const path = join(folder, name)
    await mkdir(dirname(path), { recursive: true, mode: 0o755 })
    await writeFile(path, bytes, { mode: 0o644 })
  }
}

/** Each entry is a line of JSON with its name and size, and then its bytes. */
function* entriesOf(archive: Buffer): Generator<[string, Uint8Array]> {
  for (let at = 0; at < archive.length;) {
    const end = archive.indexOf('\n', at)
    const { name, size } = JSON.parse(archive.toString('utf8', at, end)) as { name: string; size: number }
    if (!name.split('/').every((part) => /^[^\\\0]+$/.test(part) && part !== '.' && part !== '..'))
      throw new Error(`a wheel has an entry named ${JSON.stringify(name)}`)
    yield [name, archive.subarray(end + 1, end + 1 + size)]
    at = end + 1 + size
  }
}

/** Makes pyc files that are valid whatever the times of the files are (unchecked hash). */
const unpack = (root: string) => `
import importlib.util, json, marshal, re, warnings, zipfile
warnings.simplefilter('ignore')

def entries(files):
    for info in files.infolist():
        name = re.sub(r'^[^/]+\\.data/(purelib|platlib)/', '', info.filename)
        if info.is_dir() or re.match(r'[^/]+\\.data/', name):
            continue
        data = files.read(info)
        yield name, data
        if name.endswith('.py'):
            try:
                code = compile(data, ${JSON.stringify(root)} + '/' + name, 'exec', dont_inherit=True, optimize=0)
            except (SyntaxError, ValueError):
                continue
            head = importlib.util.MAGIC_NUMBER + (1).to_bytes(4, 'little') + importlib.util.source_hash(data)
            yield importlib.util.cache_from_source(name), head + marshal.dumps(code)

with zipfile.ZipFile('/mnt/data/wheel') as files, open('/mnt/data/unpacked', 'wb') as unpacked:
    for name, data in entries(files):
        unpacked.write(json.dumps({'name': name, 'size': len(data)}).encode() + b'\\n' + data)
`
