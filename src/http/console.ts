import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import type { Handler } from 'hono'
import type { Env, Request } from './call.ts'

export interface ConsoleFiles {
  /** The folder of the built console. The server works without it. */
  folder: string
  version: string
}

/**
 * Answers with the page of the console where a browser asks for a page, and `undefined` otherwise. Every address of the
 * console is served the same page, whose program shows what the address names.
 */
export async function consolePage(
  c: Request,
  { folder, version }: ConsoleFiles,
): Promise<Response | undefined> {
  if (c.req.method !== 'GET' || !asksForPage(c)) return undefined
  const page = await readFile(join(folder, 'index.html'), 'utf8').catch(unlessMissing)
  if (page === undefined) return c.req.path === '/' ? text(notBuilt(version), 503) : undefined
  const nonce = randomBytes(16).toString('base64url')
  // Not the path of the request, from which the app takes a slash at the end: browsers count it.
  const root = rootFrom(new URL(c.req.url).pathname)
  // A function, because `$` means something in a text that replaces another.
  const filled = page.replaceAll('%BASE%', () => root).replaceAll('%NONCE%', () => nonce)
  return new Response(filled, {
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-cache',
      vary: 'accept',
      'content-security-policy': securityPolicy(nonce),
      'cross-origin-opener-policy': 'same-origin',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
    },
  })
}

/** Scripts, styles and pictures of the console. Their names have a hash of their contents, so they never change. */
export const consoleAsset =
  ({ folder }: ConsoleFiles): Handler<Env> =>
  async (c, next) => {
    const name = c.req.param('name') ?? ''
    const type = types[/\.\w+$/.exec(name)?.[0] ?? '']
    if (!/^[\w-][\w.-]*$/.test(name) || type === undefined) return next()
    const accepted = c.req.header('accept-encoding') ?? ''
    const encoding = encodings.find(([word]) => accepted.includes(word))
    const packed = await readFile(join(folder, 'assets', name + (encoding?.[1] ?? '.gz'))).catch(
      unlessMissing,
    )
    if (!packed) return next()
    return new Response(encoding ? packed : await promisify(gunzip)(packed), {
      headers: {
        'content-type': type,
        'cache-control': 'public, max-age=31536000, immutable',
        vary: 'accept-encoding',
        'x-content-type-options': 'nosniff',
        ...(encoding && { 'content-encoding': encoding[0] }),
      },
    })
  }

/** What a program that is no browser reads at `/`: one line. */
export const greeting = ({ version }: ConsoleFiles): Response =>
  text(
    // A proxy may have another name, scheme and path than this server sees.
    `Threadmill ${version}: clients take this address with /v1 at its end, and the key, which is in THREADMILL_API_KEY of the server or in the file api-key of its data folder. A browser gets the console here.`,
  )

const text = (line: string, status = 200) =>
  new Response(`${line}\n`, {
    status,
    headers: {
      'content-type': 'text/plain; charset=utf-8',
      vary: 'accept',
      'x-content-type-options': 'nosniff',
    },
  })

const notBuilt = (version: string) =>
  `Threadmill ${version} serves its API at /v1. The console was not built: run "npm run console" and load this page again.`

const asksForPage = (c: Request) => c.req.header('accept')?.includes('text/html') ?? false

/** The way from a page to the root of the console. A proxy may serve it below a prefix that only the browser knows. */
const rootFrom = (path: string) => '../'.repeat(path.split('/').length - 2) || './'

/**
 * Nothing is loaded from elsewhere, and no text of an answer can become a program: neither can a picture's address take
 * data out. WebAssembly draws the pages of PDFs.
 */
const securityPolicy = (nonce: string) =>
  [
    "default-src 'self'",
    "script-src 'self' 'wasm-unsafe-eval'",
    `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self' data: blob:",
    "object-src 'none'",
    "base-uri 'self'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join('; ')

const types: Record<string, string> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.wasm': 'application/wasm',
}

/** What the build makes of each file, the smallest first. Browsers ask for `br` only where the way is encrypted or local. */
const encodings = [
  ['br', '.br'],
  ['gzip', '.gz'],
] as const

function unlessMissing(error: unknown): undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (code !== 'ENOENT' && code !== 'ENOTDIR') throw error
}
