import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { strToU8, zipSync } from 'fflate'

/** A wheel of pure Python, with the sources by path; one module that says its version unless told. */
export function wheel(name: string, version: string, sources?: Record<string, string>) {
  const files = sources ?? { [`${name}.py`]: `version = '${version}'\n` }
  const info = `${name}-${version}.dist-info`
  const metadata = {
    [`${info}/METADATA`]: `Metadata-Version: 2.1\nName: ${name}\nVersion: ${version}\n`,
    [`${info}/WHEEL`]: 'Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n',
  }
  const paths = [...Object.keys(files), ...Object.keys(metadata), `${info}/RECORD`]
  const record = { [`${info}/RECORD`]: paths.map((path) => `${path},,\n`).join('') }
  const entries = Object.entries({ ...files, ...metadata, ...record })
  const bytes = zipSync(Object.fromEntries(entries.map(([path, text]) => [path, strToU8(text)])))
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  return { name, version, file: `${name}-${version}-py3-none-any.whl`, bytes, sha256 }
}

export type Wheel = ReturnType<typeof wheel>

/**
 * Serves wheels on loopback under `/<file>`, and a package index of them under `/simple/`. It never answers for the file
 * that `stall` names.
 */
export async function startMirror(wheels: Wheel[], { stall }: { stall?: string } = {}) {
  const asked: string[] = []
  const stalled = Promise.withResolvers<void>()
  const server = createServer(({ url = '' }, response) => {
    asked.push(url)
    const name = /^\/simple\/([^/]+)/.exec(url)?.[1]
    if (name !== undefined) {
      const links = wheels.filter((one) => one.name.replaceAll('_', '-') === name)
      response.setHeader('content-type', 'text/html')
      return response.end(links.map(({ file }) => `<a href="/${file}">${file}</a>`).join('\n'))
    }
    if (stall !== undefined && url.endsWith(stall)) return stalled.resolve()
    const found = wheels.find(({ file }) => url === `/${file}`)
    if (!found) response.statusCode = 404
    return response.end(found?.bytes)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    /** Resolves when that file has been asked for. */
    stalled: stalled.promise,
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}
