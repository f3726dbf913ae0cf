import { pretendedAmongOwn, refused, refusedAlone, refusedAmongOwn, unknown } from './seccomp-calls.ts'
import {
  allow,
  killProcess,
  noAccess,
  noSuchCall,
  notPermitted,
  pretend,
  rulesFor,
  type ArgumentTest,
  type Rule,
  type Surroundings,
} from './seccomp-rules.ts'

const machines = { x64: { index: 0, audit: 0xc000003e }, arm64: { index: 1, audit: 0xc00000b7 } } as const

// The instructions of classic BPF, and the positions of the fields of struct seccomp_data.
const load = 0x20
const ifEqual = 0x15
const ifAtLeast = 0x35
const and = 0x54
const give = 0x06
const at = { number: 0, machine: 4, argument: (n: number) => 16 + 8 * n }

type Instruction = [operation: number, ifTrue: number, ifFalse: number, value: number]

/**
 * Refuses the system calls that a sandbox does not need. Returns the bytes of a seccomp program (classic BPF), as
 * `bwrap --seccomp` and prctl(2) take them. Undefined for an unknown machine.
 *
 * With namespaces alone, the whole kernel can be reached. The filter removes the parts in which exploits start (new
 * namespaces and mounts, BPF, io_uring, keys, tracing, modules), memory that no limit counts (memfd, System V), and
 * what sessions would see of each other in shared files (inotify, leases). Without namespaces, it also removes the ways
 * to other programs of the machine. The filter lists what is refused, so programs that were not tested go on working.
 */
export function seccompFilter(
  machine: string,
  surroundings: Surroundings = 'namespaces',
): Uint8Array | undefined {
  if (machine !== 'x64' && machine !== 'arm64') return undefined
  const { index, audit } = machines[machine]
  const alone = surroundings !== 'namespaces'
  const amongOwn = surroundings === 'same user'
  const code: Instruction[] = [
    [load, 0, 0, at.machine],
    [ifEqual, 1, 0, audit],
    [give, 0, 0, killProcess],
    [load, 0, 0, at.number],
  ]
  // The x32 calls of x64 have their own numbers, and no program needs them.
  if (machine === 'x64') code.push([ifAtLeast, 0, 1, 0x40000000], [give, 0, 0, noSuchCall])
  const byCall = Map.groupBy(rulesFor(surroundings), ({ call }) => call[index])
  for (const [number, rules] of byCall) {
    if (number === -1) continue
    const body = [...rules.flatMap(ruleCode), [give, 0, 0, allow] satisfies Instruction]
    code.push([ifEqual, 0, body.length, number], ...body)
  }
  for (const [table, verdict] of [
    [refused, notPermitted],
    [unknown, noSuchCall],
    [alone ? refusedAlone : {}, noAccess],
    [amongOwn ? refusedAmongOwn : {}, notPermitted],
    [amongOwn ? pretendedAmongOwn : {}, pretend],
  ] as const) {
    for (const numbers of Object.values(table)) {
      if (numbers[index] !== -1) code.push([ifEqual, 0, 1, numbers[index]!], [give, 0, 0, verdict])
    }
  }
  code.push([give, 0, 0, allow])
  return assembled(code)
}

/** Returns the verdict when all tests match. Otherwise continues after this rule. */
function ruleCode({ looks, verdict }: Rule): Instruction[] {
  let code: Instruction[] = [[give, 0, 0, verdict]]
  for (const look of looks.toReversed()) code = [...lookCode(look, code.length), ...code]
  return code
}

/** Continues with the next instruction when the test matches. Otherwise skips `rest` more instructions. */
function lookCode({ argument, upper, bits, is, isNot }: ArgumentTest, rest: number): Instruction[] {
  const code: Instruction[] = [[load, 0, 0, at.argument(argument) + (upper ? 4 : 0)]]
  if (bits !== undefined) code.push([and, 0, 0, bits])
  const values = is ?? isNot ?? []
  for (const [i, value] of values.entries()) {
    const left = values.length - 1 - i
    if (is) code.push([ifEqual, left, left === 0 ? rest : 0, value])
    else code.push([ifEqual, left + rest, 0, value])
  }
  return code
}

function assembled(code: Instruction[]): Uint8Array {
  const bytes = new DataView(new ArrayBuffer(8 * code.length))
  for (const [i, [operation, ifTrue, ifFalse, value]] of code.entries()) {
    bytes.setUint16(8 * i, operation, true)
    bytes.setUint8(8 * i + 2, ifTrue)
    bytes.setUint8(8 * i + 3, ifFalse)
    bytes.setUint32(8 * i + 4, value, true)
  }
  return new Uint8Array(bytes.buffer)
}
