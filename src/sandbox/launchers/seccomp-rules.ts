import { ofItself } from './seccomp-calls.ts'

/**
 * How a session is separated from the machine. `namespaces`: it has its own namespaces. `own user`: it has no
 * namespaces, but a user of its own. `same user`: it has neither.
 */
export type Surroundings = 'namespaces' | 'own user' | 'same user'

/** The results that a filter can return (SECCOMP_RET_*). */
export const allow = 0x7fff0000
export const killProcess = 0x80000000
const failWith = (errno: number) => 0x00050000 | errno
/** The call does nothing and reports success. */
export const pretend = failWith(0)
export const notPermitted = failWith(1)
export const noAccess = failWith(13)
export const noSuchCall = failWith(38)
const noSuchProtocol = failWith(93)
const notSupported = failWith(95)
const noSuchFamily = failWith(97)

/** A test of 32 bits of an argument. The default is the lower half. */
export interface ArgumentTest {
  argument: number
  upper?: true
  /** Only these bits are compared. */
  bits?: number
  /** The value must be one of `is`, or none of `isNot`. */
  is?: number[]
  isNot?: number[]
}

/** The verdict for one system call when all its tests match. A call that no rule matches is allowed. */
export interface Rule {
  call: [x64: number, arm64: number]
  looks: ArgumentTest[]
  verdict: number
}

/**
 * CLONE_NEWTIME is not included. It has the same bit as the exit signal of clone, and exists in clone3 and unshare
 * only.
 */
const newNamespaces = 0x7e020000
const sockets = { unix: 1, ip: [2, 10], streamsAndDatagrams: [1, 2] }
const socket: Rule['call'] = [41, 198]
const socketpair: Rule['call'] = [53, 199]
const setsockopt: Rule['call'] = [54, 208]
const prctl: Rule['call'] = [157, 167]
const prlimit64: Rule['call'] = [302, 261]

const everywhere: Rule[] = [
  { call: [56, 220], looks: [{ argument: 0, bits: newNamespaces, isNot: [0] }], verdict: notPermitted },
  // TIOCSTI and TIOCLINUX type into a terminal.
  { call: [16, 29], looks: [{ argument: 1, is: [0x5412, 0x541c] }], verdict: notPermitted },
  // Leases and F_NOTIFY tell who else opens a file. Larger pipes use an allowance that sessions share.
  {
    call: [72, 25],
    looks: [{ argument: 1, is: [1024, 1025, 1026, 1031, 1039, 1040] }],
    verdict: notPermitted,
  },
  // RWF_NOWAIT tells whether a file is cached in memory. RWF_DONTCACHE and POSIX_FADV_DONTNEED remove it from the
  // cache.
  { call: [327, 286], looks: [{ argument: 5, bits: 0x88, isNot: [0] }], verdict: notSupported },
  { call: [221, 223], looks: [{ argument: 3, is: [4] }], verdict: pretend },
  // PR_SCHED_CORE reaches other processes.
  { call: prctl, looks: [{ argument: 0, is: [62] }], verdict: notPermitted },
  // The limit of core dumps must not change. When dumps go to a program, a limit of 1 prevents them and a limit of 0
  // does not.
  { call: [160, 164], looks: [{ argument: 0, is: [4] }], verdict: pretend },
  {
    call: prlimit64,
    looks: [
      { argument: 1, is: [4] },
      { argument: 2, isNot: [0] },
    ],
    verdict: pretend,
  },
  {
    call: prlimit64,
    looks: [
      { argument: 1, is: [4] },
      { argument: 2, upper: true, isNot: [0] },
    ],
    verdict: pretend,
  },
  // Programs for the kernel (SO_ATTACH_*), SO_LOCK_FILTER and SO_ZEROCOPY.
  {
    call: setsockopt,
    looks: [
      { argument: 1, is: [1] },
      { argument: 2, is: [26, 44, 50, 51, 52, 60] },
    ],
    verdict: notPermitted,
  },
  // SO_SNDBUF and SO_RCVBUF, also their FORCE variants, because data that waits in a socket uses memory of the kernel.
  {
    call: setsockopt,
    looks: [
      { argument: 1, is: [1] },
      { argument: 2, is: [7, 8, 32, 33] },
    ],
    verdict: pretend,
  },
  // SO_PEERCRED and SO_PEERPIDFD identify the process at the other end, which may be the server.
  {
    call: [55, 209],
    looks: [
      { argument: 1, is: [1] },
      { argument: 2, is: [17, 77] },
    ],
    verdict: notPermitted,
  },
  // TCP_ULP activates other protocols.
  {
    call: setsockopt,
    looks: [
      { argument: 1, is: [6] },
      { argument: 2, is: [31] },
    ],
    verdict: notPermitted,
  },
]

/** Sockets that reach nothing outside: unix sockets, and TCP and UDP in a network namespace without a network. */
const withOwnNetwork: Rule[] = [
  { call: socket, looks: [{ argument: 0, isNot: [sockets.unix, ...sockets.ip] }], verdict: noSuchFamily },
  {
    call: socket,
    looks: [
      { argument: 0, is: sockets.ip },
      { argument: 1, bits: 0xf, isNot: sockets.streamsAndDatagrams },
    ],
    verdict: notPermitted,
  },
  // Other protocols use these types too: MPTCP, SCTP, SMC and UDP-Lite.
  {
    call: socket,
    looks: [
      { argument: 0, is: sockets.ip },
      { argument: 2, isNot: [0, 6, 17] },
    ],
    verdict: noSuchProtocol,
  },
  { call: socketpair, looks: [{ argument: 0, isNot: [sockets.unix] }], verdict: noSuchFamily },
]

/**
 * The rules when the session shares the network of the machine: no sockets, except connected pairs of streams. A
 * datagram socket could send to any other.
 */
const withoutNetwork: Rule[] = [
  { call: socket, looks: [], verdict: noAccess },
  { call: socketpair, looks: [{ argument: 0, isNot: [sockets.unix] }], verdict: noAccess },
  { call: socketpair, looks: [{ argument: 1, bits: 0xf, isNot: [1] }], verdict: noAccess },
]

/** A lock by `flock` needs no permission to write, so sessions that share files could lock them for each other. */
const withSharedFiles: Rule[] = [{ call: [73, 32], looks: [], verdict: noSuchCall }]

/**
 * The supervisor of the session has its effective user, and in some cases other processes of that user belong to the
 * server.
 */
const amongOthers: Rule[] = [
  ...Object.values(ofItself).map((call): Rule => ({
    call,
    looks: [{ argument: 0, isNot: [0] }],
    verdict: notPermitted,
  })),
  { call: prlimit64, looks: [{ argument: 0, isNot: [0] }], verdict: notPermitted },
  // PRIO_PROCESS is 0 and IOPRIO_WHO_PROCESS is 1. Both calls are allowed for the caller alone.
  ...(
    [
      [[141, 140], 0],
      [[251, 30], 1],
    ] as const
  ).flatMap(([call, self]): Rule[] => [
    { call: [...call], looks: [{ argument: 0, isNot: [self] }], verdict: notPermitted },
    { call: [...call], looks: [{ argument: 1, isNot: [0] }], verdict: notPermitted },
  ]),
  // A process that cannot be inspected could keep deleted files open (PR_SET_DUMPABLE).
  { call: prctl, looks: [{ argument: 0, is: [4] }], verdict: notPermitted },
]

/** The flags, encryption and sealing of files, which file systems have besides the mode. */
const amongOwn: Rule[] = [
  {
    call: [16, 29],
    looks: [{ argument: 1, bits: 0xff00, is: ['f', 'X'].map((letter) => letter.charCodeAt(0) << 8) }],
    verdict: notPermitted,
  },
]

export function rulesFor(surroundings: Surroundings): Rule[] {
  if (surroundings === 'namespaces') return [...everywhere, ...withOwnNetwork]
  const rules = [...everywhere, ...withoutNetwork, ...withSharedFiles, ...amongOthers]
  return surroundings === 'same user' ? [...rules, ...amongOwn] : rules
}
