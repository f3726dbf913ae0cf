import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { onPath } from '../native/interpreter.ts'
import { findPythonWithPip } from './base-python.ts'

const publicIndex = 'https://pypi.org/simple/'

/** In the order in which pip lets them win. */
const pipNames = [':env:.index-url', 'install.index-url', 'global.index-url']

/** The address from which packages would come without a mirror in our settings, as uv or pip is configured here. */
export async function findPackageIndex(): Promise<string> {
  if ((await onPath('uv')) !== undefined)
    return (await said('/bin/sh', '-c', 'printf %s "${UV_DEFAULT_INDEX:-$UV_INDEX_URL}"')) || publicIndex
  const python = await findPythonWithPip()
  const listed = python ? await said(python.path, '-I', '-m', 'pip', 'config', 'list') : ''
  return indexIn(listed) ?? publicIndex
}

/** What a program prints, in the environment that uv and pip get as well. Empty when it fails. */
async function said(file: string, ...args: string[]): Promise<string> {
  const ran = await promisify(execFile)(file, args, { timeout: 20_000 }).catch(() => ({ stdout: '' }))
  return ran.stdout.trim()
}

/** The index in what `pip config list` prints: `global.index-url='https://...'`. */
export function indexIn(listed: string): string | undefined {
  const values = new Map(
    [...listed.matchAll(/^(\S+?)=(['"])(.*)\2$/gm)].map(([, name = '', , value = '']) => [name, value]),
  )
  return pipNames.map((name) => values.get(name)).find((value) => value !== undefined)
}
