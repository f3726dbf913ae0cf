import { createHash } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import { hostname } from 'node:os'

type Range = [first: number, count: number]

/** User ids that nobody else is given, by systemd's list of all ranges. */
const many: Range = [0x7000_0000, 0x0fff_0000]
/** The same where a user namespace has the usual 65536 only. */
const few: Range = [60_578, 606]
const each = 4096

/**
 * The user ids of the sessions that have their places in this folder. Others get others, as far as there are enough: a
 * supervisor kills whatever runs as its session's user. undefined where this process cannot use such ids.
 */
export function usersOf(folder: string): Range | undefined {
  if (!isMapped(many)) return isMapped(few) ? few : undefined
  const { dev, ino } = statSync(folder)
  const hash = createHash('sha256')
    .update(JSON.stringify([hostname(), dev, ino]))
    .digest()
  const [first, count] = many
  return [first + each * (hash.readUInt32BE() % (count / each)), each]
}

function isMapped([first, count]: Range): boolean {
  const lines = readFileSync('/proc/self/uid_map', 'latin1').trim().split('\n')
  return lines.some((line) => {
    const [from = 0, , length = 0] = line.trim().split(/\s+/).map(Number)
    return from <= first && first + count <= from + length
  })
}
