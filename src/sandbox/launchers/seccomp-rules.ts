import { ofItself } from './seccomp-calls.ts'

/**
 * What a session has around it. `namespaces`: of its own. `own user`: none, but a user that nobody else has. `same user`:
 * neither.
 */
export type Surroundings = 'namespaces' | 'own user' | 'same user'

/** What a filter can answer (SECCOMP_RET_*). */
export const allow = 0x7fff0000
export const killProcess = 0x80000000
export const failWith = (errno: number) => 0x00050000 | errno
/** The call does nothing and says that it was done. */
export const pretend = failWith(0)
export const notPermitted = failWith(1)
export const noAccess = failWith(13)
export const noSuchCall = failWith(38)
const noSuchProtocol = failWith(93)
const notSupported = failWith(95)
const noSuchFamily = failWith(97)

/** A look at 32 bits of an argument: the lower ones unless told. */
export interface ArgumentTest {
  argument: number
  upper?: true
  /** Only these bits. */
  bits?: number
  /** One of these, or none of these. */
  is?: number[]
  isNot?: number[]
}

/** For one system call: the verdict where all looks are as told. What no rule of a call is about is allowed. */
export interface Rule {
  call: [x64: number, arm64: number]
  looks: ArgumentTest[]
  verdict: number
}

/** CLONE_NEWTIME shares its bit with the exit signal of clone and exists in clone3 and unshare only. */
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
  // Leases and F_NOTIFY tell who else opens a file; larger pipes are of an allowance that sessions share.
  {
    call: [72, 25],
    looks: [{ argument: 1, is: [1024, 1025, 1026, 1031, 1039, 1040] }],
    verdict: notPermitted,
  },
  // RWF_NOWAIT tells whether a file is in memory, RWF_DONTCACHE and POSIX_FADV_DONTNEED take it out.
  { call: [327, 286], looks: [{ argument: 5, bits: 0x88, isNot: [0] }], verdict: notSupported },
  { call: [221, 223], looks: [{ argument: 3, is: [4] }], verdict: pretend },
  // PR_SCHED_CORE reaches other processes.
  { call: prctl, looks: [{ argument: 0, is: [62] }], verdict: notPermitted },
  // The limit of core dumps stays: where one goes to a program, a limit of 0 does not prevent it, and of 1 it does.
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
  // SO_SNDBUF and SO_RCVBUF, also by force: what waits in a socket is memory of the kernel.
  {
    call: setsockopt,
    looks: [
      { argument: 1, is: [1] },
      { argument: 2, is: [7, 8, 32, 33] },
    ],
    verdict: pretend,
  },
  // SO_PEERCRED and SO_PEERPIDFD name the process at the other end, which may be the server.
  {
    call: [55, 209],
    looks: [
      { argument: 1, is: [1] },
      { argument: 2, is: [17, 77] },
    ],
    verdict: notPermitted,
  },
  // TCP_ULP brings other protocols in.
  {
    call: setsockopt,
    looks: [
      { argument: 1, is: [6] },
      { argument: 2, is: [31] },
    ],
    verdict: notPermitted,
  },
]

/** Sockets that lead nowhere: unix, and TCP and UDP in a network name space without a network. */
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
  // Others have these kinds as well: MPTCP, SCTP, SMC, UDP-Lite.
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

/** The same where there is but one network: none, but streams of two ends. A datagram socket could send to any other. */
const withoutNetwork: Rule[] = [
  { call: socket, looks: [], verdict: noAccess },
  { call: socketpair, looks: [{ argument: 0, isNot: [sockets.unix] }], verdict: noAccess },
  { call: socketpair, looks: [{ argument: 1, bits: 0xf, isNot: [1] }], verdict: noAccess },
]

/** A lock by `flock` needs no right to write, and shared files have one table of locks. */
const withSharedFiles: Rule[] = [{ call: [73, 32], looks: [], verdict: noSuchCall }]

/** Its supervisor has the session's effective user, and others of the user are the server's. */
const amongOthers: Rule[] = [
  ...Object.values(ofItself).map((call): Rule => ({
    call,
    looks: [{ argument: 0, isNot: [0] }],
    verdict: notPermitted,
  })),
  { call: prlimit64, looks: [{ argument: 0, isNot: [0] }], verdict: notPermitted },
  // PRIO_PROCESS and IOPRIO_WHO_PROCESS of 0.
  ...(
    [
      [[141, 140], 0],
      [[251, 30], 1],
    ] as const
  ).flatMap(([call, self]): Rule[] => [
    { call: [...call], looks: [{ argument: 0, isNot: [self] }], verdict: notPermitted },
    { call: [...call], looks: [{ argument: 1, isNot: [0] }], verdict: notPermitted },
  ]),
  // Who cannot be looked at could keep deleted files open (PR_SET_DUMPABLE).
  { call: prctl, looks: [{ argument: 0, is: [4] }], verdict: notPermitted },
]

/** The flags of files, their encryption and sealing: what file systems have besides modes. */
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
