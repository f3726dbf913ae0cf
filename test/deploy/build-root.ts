import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, globSync, mkdirSync, realpathSync, rmSync, symlinkSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { findProgram } from '../programs.ts'
import { copyContext } from './context.ts'
import type { Stage, Step } from './dockerfile.ts'

/** A folder that holds what an image would, and what its processes would find. */
export interface Root {
  folder: string
  env: Record<string, string>
  workdir: string
  user: string
  entrypoint: string[]
  healthcheck: string[]
}

export interface Build {
  stages: Stage[]
  /** Of the repository. */
  context: string
  /** Roots are made below it; those of base images are kept for the next time. */
  work: string
}

const path = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

/** Makes the root of a stage, with those that it is made from. Root is needed, and the network for packages. */
export function buildRoot(build: Build, name: string, roots = new Map<string, Root>()): Root {
  const made = roots.get(name)
  if (made) return made
  const stage = build.stages.find((one) => one.name === name)
  if (!stage)
    return {
      folder: baseImage(build, name),
      env: { PATH: path },
      workdir: '/',
      user: '0:0',
      entrypoint: [],
      healthcheck: [],
    }
  const base = buildRoot(build, stage.base, roots)
  const root = { ...base, folder: join(build.work, `stage-${name}`) }
  rmSync(root.folder, { recursive: true, force: true })
  execFileSync('cp', ['-a', '--reflink=auto', base.folder, root.folder])
  roots.set(name, root)
  for (const step of stage.steps) take(step, root, { build, roots })
  return root
}

function take(step: Step, root: Root, { build, roots }: { build: Build; roots: Map<string, Root> }): void {
  console.log(`${basename(root.folder)}: ${JSON.stringify(step)}`)
  switch (step.does) {
    case 'run':
      return run(root, step.command)
    case 'copy':
      return copy(step, root, { build, roots })
    case 'env':
      for (const [name, value] of Object.entries(step.values))
        root.env = {
          ...root.env,
          [name]: value.replace(/\$(\w+)/g, (_, other: string) => root.env[other] ?? ''),
        }
      return
    case 'workdir':
      root.workdir = resolve(root.workdir, step.folder)
      mkdirSync(join(root.folder, root.workdir), { recursive: true })
      return
    case 'user':
      root.user = step.user
      return
    default:
      Object.assign(root, { [step.does]: step.command })
  }
}

function run(root: Root, command: string): void {
  const args = [
    '--bind',
    root.folder,
    '/',
    '--proc',
    '/proc',
    '--dev',
    '/dev',
    '--tmpfs',
    '/run',
    '--unshare-pid',
  ]
  args.push('--unshare-ipc', '--die-with-parent', '--cap-add', 'ALL', '--chdir', root.workdir, '--clearenv')
  const { files, env } = wayToRegistries()
  for (const [from, to] of files) args.push('--ro-bind', from, to)
  for (const [name, value] of Object.entries({ HOME: '/root', ...env, ...root.env }))
    args.push('--setenv', name, value)
  execFileSync('bwrap', [...args, '/bin/sh', '-c', command], { stdio: ['ignore', 'inherit', 'inherit'] })
}

/** How this machine reaches package registries: its names, certificates and proxies. An engine has its own. */
function wayToRegistries(): { files: [string, string][]; env: Record<string, string> } {
  const certificates = '/etc/ssl/certs/ca-certificates.crt'
  const inside = '/run/certificates.crt'
  const env = Object.entries(process.env).flatMap(([name, value = '']) => {
    if (value === certificates) return [[name, inside]]
    return /_proxy$/i.test(name) ? [[name, value]] : []
  })
  const settings: [string, string][] = [
    ['/etc/resolv.conf', '/etc/resolv.conf'],
    ['/etc/hosts', '/etc/hosts'],
    [certificates, inside],
  ]
  return {
    files: settings.filter(([file]) => existsSync(file)),
    env: Object.fromEntries(env) as Record<string, string>,
  }
}

function copy(
  { from, sources, target }: Step & { does: 'copy' },
  root: Root,
  { build, roots }: { build: Build; roots: Map<string, Root> },
): void {
  const place = join(root.folder, resolve(root.workdir, target))
  for (const source of sources) {
    const into = target.endsWith('/') ? join(place, basename(source)) : place
    mkdirSync(dirname(into), { recursive: true })
    if (from === undefined) copyContext(build.context, source, into)
    else
      execFileSync('cp', ['-aT', '--reflink=auto', join(buildRoot(build, from, roots).folder, source), into])
  }
}

/**
 * In place of images of a registry: Debian by debootstrap, and what that of Node adds, from the packages of this clone and
 * the npm of this machine.
 */
function baseImage({ context, work }: Build, image: string): string {
  const [, node, suite] = /^(?:node:(\d+)|debian:?)-?(\w+)-slim$/.exec(image) ?? []
  if (suite === undefined) throw new Error(`nobody has said what ${image} is to this check`)
  const debian = join(work, `base-${suite}`)
  if (!existsSync(join(debian, 'etc/debian_version'))) {
    rmSync(debian, { recursive: true, force: true })
    const mirror = 'http://deb.debian.org/debian'
    execFileSync('debootstrap', ['--variant=minbase', suite, debian, mirror], { stdio: 'inherit' })
    // As the slim images are.
    for (const extra of [
      'var/cache/apt',
      'var/lib/apt/lists',
      'usr/share/doc',
      'usr/share/man',
      'usr/share/locale',
    ])
      rmSync(join(debian, extra), { recursive: true, force: true })
  }
  return node === undefined
    ? debian
    : addNode({ context, debian, folder: join(work, `base-node-${suite}`), node })
}

function addNode({
  context,
  debian,
  folder,
  node,
}: {
  context: string
  debian: string
  folder: string
  node: string
}): string {
  rmSync(folder, { recursive: true, force: true })
  execFileSync('cp', ['-a', '--reflink=auto', debian, folder])
  const program = realpathSync(join(context, 'node_modules/node/bin/node'))
  const version = execFileSync(program, ['--version'], { encoding: 'utf8' })
  if (!version.startsWith(`v${node}.`))
    throw new Error(`the Dockerfile has Node ${node}, this clone ${version}`)
  cpSync(program, join(folder, 'usr/local/bin/node'))
  // By its program, since npm takes the folder of whichever Node runs it for its own, and the clone's has none beside it.
  const npm = resolve(realpathSync(findProgram('npm') ?? 'npm'), '../..')
  const place = join(folder, 'usr/local/lib/node_modules/npm')
  cpSync(npm, place, { recursive: true, dereference: true })
  symlinkSync('../lib/node_modules/npm/bin/npm-cli.js', join(folder, 'usr/local/bin/npm'))
  // Node's own image has it too; minbase has not.
  const [library] = globSync('/usr/lib/*/libatomic.so.1')
  if (library) cpSync(realpathSync(library), join(folder, 'usr/lib/libatomic.so.1'))
  return folder
}

/** The size of a root, in megabytes. */
export const megabytes = ({ folder }: Root): number =>
  Math.round(
    Number(execFileSync('du', ['-s', '--block-size=1000000', folder], { encoding: 'utf8' }).split('\t')[0]),
  )
