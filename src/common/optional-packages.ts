import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { CannotStart } from '../errors/errors.ts'

/** Packages that only some servers need, and that those install by one command, since they are thousands of files. */
export interface OptionalPackages {
  /** What asks for them, and what they are, in words that begin a sentence. */
  why: string
  /** In the versions that were tried. */
  versions: Readonly<Record<string, string>>
}

export const s3Packages: OptionalPackages = {
  why: 'THREADMILL_FILES_URL is set, and the client of S3 is not installed',
  versions: {
    '@aws-sdk/client-s3': '3.1175.0',
    '@aws-sdk/lib-storage': '3.1175.0',
    '@smithy/node-http-handler': '4.14.2',
  },
}

export const telemetryPackages: OptionalPackages = {
  why: 'OTEL_EXPORTER_OTLP_ENDPOINT is set, and the SDK of OpenTelemetry is not installed',
  versions: {
    '@opentelemetry/api': '1.10.0',
    '@opentelemetry/core': '3.1.0',
    '@opentelemetry/exporter-metrics-otlp-http': '0.301.0',
    '@opentelemetry/exporter-metrics-otlp-proto': '0.301.0',
    '@opentelemetry/exporter-trace-otlp-http': '0.301.0',
    '@opentelemetry/exporter-trace-otlp-proto': '0.301.0',
    '@opentelemetry/resources': '3.1.0',
    '@opentelemetry/sdk-metrics': '3.1.0',
    '@opentelemetry/sdk-trace': '3.1.0',
  },
}

export const mcpPackages: OptionalPackages = {
  why: 'a run has a tool of the type mcp, and the client of MCP is not installed',
  versions: { '@modelcontextprotocol/client': '2.4.0' },
}

/** What the import of a file that uses the packages throws becomes the one command, if they are not there. */
export function withoutPackages(wanted: OptionalPackages, error: unknown): unknown {
  const { code, message } = error as NodeJS.ErrnoException
  const isAbsent =
    code === 'ERR_MODULE_NOT_FOUND' &&
    Object.keys(wanted.versions).some((name) => message.includes(`'${name}'`))
  if (!isAbsent) return error
  return new CannotStart(
    `${wanted.why}, which nothing else needs. Run\n\n` +
      `  ${installCommand(fileURLToPath(new URL('../..', import.meta.url)), wanted)}\n`,
  )
}

/**
 * The command that puts the packages where a package in the folder `root` finds them, however that was installed: beside it
 * in a project, in the cache of npx or globally, and inside it where it is a clone, whose manifest stays as it is. There npm
 * takes away what is in no manifest, so what else was brought so is named again.
 */
export function installCommand(
  root: string,
  wanted: OptionalPackages,
  isThere: (name: string) => boolean = foundFrom(root),
): string {
  const place = placeOptions(root.replace(/[/\\]$/, ''))
  const others = [s3Packages, telemetryPackages, mcpPackages].filter(
    (one) => one !== wanted && Object.keys(one.versions).every(isThere),
  )
  const packages = [wanted, ...others].flatMap(({ versions }) =>
    Object.entries(versions).map(([name, version]) => `${name}@${version}`),
  )
  return ['npm install', ...place, ...packages].join(' ')
}

const foundFrom = (root: string) => (name: string) =>
  createRequire(join(root, 'package.json'))
    .resolve.paths(name)
    ?.some((folder) => existsSync(join(folder, name))) ?? false

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
