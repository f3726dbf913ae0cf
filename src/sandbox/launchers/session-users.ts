import { createHash } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import { hostname } from 'node:os'

type Range = [first: number, count: number]

/** User ids that are not assigned to anything else, according to systemd's list of all ranges. */
const many: Range = [0x7000_0000, 0x0fff_0000]
/** The same for a user namespace that has only the usual 65536 ids. */
const few: Range = [60_578, 606]
const each = 4096

/**
 * The user ids for the sessions whose places are in this folder. Other folders get other ids, as long as there are
 * enough, because a supervisor kills all processes of the user of its session. Undefined when this process cannot use
 * such ids.
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
