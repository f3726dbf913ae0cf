import { cpSync, lstatSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'

/** Whether a path of the build's context is left out, by the rules of a `.dockerignore`: the last that matches counts. */
export function readIgnore(text: string): (path: string) => boolean {
  const rules = text
    .split('\n')
    .filter((line) => line && !line.startsWith('#'))
    .map((line) => ({ keep: line.startsWith('!'), matches: toRegExp(line.replace(/^!/, '')) }))
  return (path) => !rules.findLast(({ matches }) => matches.test(path))?.keep
}

/** A pattern counts for what is below it as well. */
const toRegExp = (pattern: string) =>
  new RegExp(
    `^${pattern
      .split(/(\*\*\/|\*)/)
      .map((part) => ({ '**/': '(?:.*/)?', '*': '[^/]*' })[part] ?? RegExp.escape(part))
      .join('')}(?:/.*)?$`,
  )

/** Copies what the ignore file leaves of a folder; a folder that is left out may hold what is not. */
export function copyContext(context: string, source: string, target: string): void {
  const ignored = readIgnore(readFileSync(join(context, 'deploy/Dockerfile.dockerignore'), 'utf8'))
  const from = join(context, source)
  cpSync(from, target, {
    recursive: true,
    filter: (path) => {
      const inside = relative(context, path)
      if (/(^|\/)(node_modules|\.git)$/.test(inside)) return false
      return inside === '' || lstatSync(path).isDirectory() || !ignored(inside)
    },
  })
}
