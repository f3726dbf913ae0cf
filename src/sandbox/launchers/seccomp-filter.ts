import {
  ofItself,
  pretendedAmongOwn,
  refused,
  refusedAlone,
  refusedAmongOwn,
  unknown,
} from './seccomp-calls.ts'

/**
 * What a session has around it. `namespaces`: of its own. `own user`: none, but a user that nobody else has. `same user`:
 * neither.
 */
export type Surroundings = 'namespaces' | 'own user' | 'same user'

const machines = {
  x64: {
    index: 0,
    audit: 0xc000003e,
    calls: { clone: 56, socket: 41, socketpair: 53, ioctl: 16, prctl: 157, setpriority: 141 },
  },
  arm64: {
    index: 1,
    audit: 0xc00000b7,
    calls: { clone: 220, socket: 198, socketpair: 199, ioctl: 29, prctl: 167, setpriority: 140 },
  },
} as const

// Instructions of classic BPF, and where struct seccomp_data has its fields.
const load = 0x20
const ifEqual = 0x15
const ifAtLeast = 0x35
const ifAnyBit = 0x45
const and = 0x54
const give = 0x06
const at = { number: 0, machine: 4, argument: (n: number) => 16 + 8 * n }

const allow = 0x7fff0000
const killProcess = 0x80000000
const failWith = (errno: number) => 0x00050000 | errno
/** The call does nothing and says that it was done. */
const pretend = failWith(0)
const notPermitted = failWith(1)
const noAccess = failWith(13)
const noSuchCall = failWith(38)
const noSuchFamily = failWith(97)

/** CLONE_NEWTIME shares its bit with the exit signal of clone and exists in clone3 and unshare only. */
const newNamespaces = 0x7e020000

/**
 * The system calls that a sandbox does without, as a seccomp program (classic BPF) for the kernel: its bytes, as
 * `bwrap --seccomp` and prctl(2) take them; undefined for a machine that is not known.
 *
 * Namespaces leave the whole kernel in reach; this takes away the parts that exploits start from (new namespaces and
 * mounts, BPF, io_uring, keys, tracing, modules) and memory that no limit counts (memfd, System V). Without namespaces it
 * also takes away what leads to the machine's other programs. It is a list of what is refused, so programs that we do
 * not know go on working.
 */
export function seccompFilter(
  machine: string,
  surroundings: Surroundings = 'namespaces',
): Uint8Array | undefined {
  if (machine !== 'x64' && machine !== 'arm64') return undefined
  const { index, audit, calls } = machines[machine]
  const alone = surroundings !== 'namespaces'
  const amongOwn = surroundings === 'same user'
  const code: [operation: number, ifTrue: number, ifFalse: number, value: number][] = []
  const add = (operation: number, value: number, ifTrue = 0, ifFalse = 0) =>
    code.push([operation, ifTrue, ifFalse, value])
  /** For one system call: `rules` must end by giving a verdict. */
  const when = (number: number, rules: () => void) => {
    const jump = add(ifEqual, number) - 1
    rules()
    code[jump]![2] = code.length - jump - 1
  }
  /** Where the accumulator is this. */
  const refuseWhere = (value: number) => {
    add(ifEqual, value, 0, 1)
    add(give, notPermitted)
  }

  add(load, at.machine)
  add(ifEqual, audit, 1)
  add(give, killProcess)
  add(load, at.number)
  // The x32 calls of x64 have numbers of their own and are used by nobody.
  if (machine === 'x64') {
    add(ifAtLeast, 0x40000000, 0, 1)
    add(give, noSuchCall)
  }
  when(calls.clone, () => {
    add(load, at.argument(0))
    add(ifAnyBit, newNamespaces, 0, 1)
    add(give, notPermitted)
    add(give, allow)
  })
  if (alone) {
    when(calls.socket, () => add(give, noAccess))
    // Streams of two ends: a datagram socket could send to any other by its name.
    when(calls.socketpair, () => {
      add(load, at.argument(0))
      add(ifEqual, 1, 0, 3)
      add(load, at.argument(1))
      add(and, 0xf)
      add(ifEqual, 1, 1)
      add(give, noAccess)
      add(give, allow)
    })
    // Who cannot be looked at could keep deleted files open (PR_SET_DUMPABLE).
    when(calls.prctl, () => {
      add(load, at.argument(0))
      add(ifEqual, 4, 0, 1)
      add(give, notPermitted)
      add(give, allow)
    })
  } else {
    // Sockets that lead nowhere: unix, and TCP and UDP in a network name space without a network.
    when(calls.socket, () => {
      add(load, at.argument(0))
      add(ifEqual, 1, 6)
      add(ifEqual, 2, 2)
      add(ifEqual, 10, 1)
      add(give, noSuchFamily)
      add(load, at.argument(1))
      add(and, 0xf)
      add(ifAtLeast, 3, 1)
      add(give, allow)
      add(give, notPermitted)
    })
  }
  when(calls.ioctl, () => {
    add(load, at.argument(1))
    // TIOCSTI and TIOCLINUX type into a terminal.
    refuseWhere(0x5412)
    refuseWhere(0x541c)
    if (amongOwn) {
      // The flags of files, their encryption and sealing: what file systems have besides modes.
      add(and, 0xff00)
      refuseWhere('f'.charCodeAt(0) << 8)
      refuseWhere('X'.charCodeAt(0) << 8)
    }
    add(give, allow)
  })
  if (amongOwn) {
    for (const numbers of Object.values(ofItself)) {
      when(numbers[index]!, () => {
        add(load, at.argument(0))
        add(ifEqual, 0, 1)
        add(give, notPermitted)
        add(give, allow)
      })
    }
    when(calls.setpriority, () => {
      add(load, at.argument(0))
      add(ifEqual, 0, 0, 2)
      add(load, at.argument(1))
      add(ifEqual, 0, 1)
      add(give, notPermitted)
      add(give, allow)
    })
  }
  for (const [table, verdict] of [
    [refused, notPermitted],
    [unknown, noSuchCall],
    [alone ? refusedAlone : {}, noAccess],
    [amongOwn ? refusedAmongOwn : {}, notPermitted],
    [amongOwn ? pretendedAmongOwn : {}, pretend],
  ] as const) {
    for (const numbers of Object.values(table)) {
      if (numbers[index] === -1) continue
      add(ifEqual, numbers[index]!, 0, 1)
      add(give, verdict)
    }
  }
  add(give, allow)

  const bytes = new DataView(new ArrayBuffer(8 * code.length))
  for (const [i, [operation, ifTrue, ifFalse, value]] of code.entries()) {
    bytes.setUint16(8 * i, operation, true)
    bytes.setUint8(8 * i + 2, ifTrue)
    bytes.setUint8(8 * i + 3, ifFalse)
    bytes.setUint32(8 * i + 4, value, true)
  }
  return new Uint8Array(bytes.buffer)
}
