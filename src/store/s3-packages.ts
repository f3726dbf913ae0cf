import { existsSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { CannotStart } from '../errors.ts'

/** The client of S3, in the versions that were tried. Only who has files on S3 installs it: it is four thousand files. */
export const s3Packages: Readonly<Record<string, string>> = {
  '@aws-sdk/client-s3': '3.1175.0',
  '@aws-sdk/lib-storage': '3.1175.0',
  '@smithy/node-http-handler': '4.14.2',
}

/** What the import of a file that uses the client throws becomes the one command, if the client is not there. */
export function withoutS3Client(error: unknown): unknown {
  const { code, message } = error as NodeJS.ErrnoException
  const isAbsent =
    code === 'ERR_MODULE_NOT_FOUND' && Object.keys(s3Packages).some((name) => message.includes(`'${name}'`))
  if (!isAbsent) return error
  return new CannotStart(
    `THREADMILL_FILES_URL is set, and the client of S3 is not installed, which nothing else needs. Run\n\n` +
      `  ${installCommand(fileURLToPath(new URL('../..', import.meta.url)))}\n`,
  )
}

/**
 * The command that puts the client where a package in the folder `root` finds it, however that was installed: beside it in
 * a project, in the cache of npx or globally, and inside it where it is a clone, whose manifest stays as it is.
 */
export function installCommand(root: string): string {
  const packages = Object.entries(s3Packages).map(([name, version]) => `${name}@${version}`)
  return ['npm install', ...placeOptions(root.replace(/[/\\]$/, '')), ...packages].join(' ')
}

function placeOptions(root: string): string[] {
  const modules = dirname(root)
  // Of what the manifest itself has as an optional peer npm installs nothing, unless it is told to take it for a dependency.
  if (basename(modules) !== 'node_modules') return ['--no-save', '--save-prod', '--prefix', quoted(root)]
  const project = dirname(modules)
  if (existsSync(join(project, 'package.json'))) return ['--prefix', quoted(project)]
  // npm has global packages in `lib` of its prefix, and on Windows in the prefix itself.
  return ['--global', '--prefix', quoted(basename(project) === 'lib' ? dirname(project) : project)]
}

const quoted = (path: string) => (/^[\w./:\\-]+$/.test(path) ? path : JSON.stringify(path))
