/**
 * The system calls that a sandbox does without, as a seccomp program (classic BPF) for the kernel.
 *
 * Namespaces leave the whole kernel in reach; this takes away the parts that exploits start from (new namespaces and
 * mounts, BPF, io_uring, keys, tracing, modules) and memory that no limit counts (memfd, System V). It is a list of
 * what is refused, so programs that we do not know go on working. Numbers are from the kernel's `syscall_64.tbl`
 * and `asm-generic/unistd.h`; -1 is a call that the machine does not have.
 */
const refused: Record<string, [x64: number, arm64: number]> = {
  // Other processes.
  ptrace: [101, 117],
  process_vm_readv: [310, 270],
  process_vm_writev: [311, 271],
  process_madvise: [440, 440],
  process_mrelease: [448, 448],
  pidfd_getfd: [438, 438],
  kcmp: [312, 272],
  // Namespaces and mounts.
  unshare: [272, 97],
  setns: [308, 268],
  mount: [165, 40],
  umount2: [166, 39],
  pivot_root: [155, 41],
  chroot: [161, 51],
  open_tree: [428, 428],
  move_mount: [429, 429],
  fsopen: [430, 430],
  fsconfig: [431, 431],
  fsmount: [432, 432],
  fspick: [433, 433],
  mount_setattr: [442, 442],
  open_tree_attr: [467, 467],
  // Large or privileged parts of the kernel.
  bpf: [321, 280],
  perf_event_open: [298, 241],
  userfaultfd: [323, 282],
  add_key: [248, 217],
  request_key: [249, 218],
  keyctl: [250, 219],
  fanotify_init: [300, 262],
  fanotify_mark: [301, 263],
  name_to_handle_at: [303, 264],
  open_by_handle_at: [304, 265],
  quotactl: [179, 60],
  quotactl_fd: [443, 443],
  init_module: [175, 105],
  finit_module: [313, 273],
  delete_module: [176, 106],
  kexec_load: [246, 104],
  kexec_file_load: [320, 294],
  swapon: [167, 224],
  swapoff: [168, 225],
  reboot: [169, 142],
  sethostname: [170, 161],
  setdomainname: [171, 162],
  syslog: [103, 116],
  acct: [163, 89],
  vhangup: [153, 58],
  settimeofday: [164, 170],
  clock_settime: [227, 112],
  clock_adjtime: [305, 266],
  adjtimex: [159, 171],
  lookup_dcookie: [212, 18],
  nfsservctl: [180, 42],
  personality: [135, 92],
  mbind: [237, 235],
  set_mempolicy: [238, 237],
  migrate_pages: [256, 238],
  move_pages: [279, 239],
  set_mempolicy_home_node: [450, 450],
  iopl: [172, -1],
  ioperm: [173, -1],
  modify_ldt: [154, -1],
  uselib: [134, -1],
  ustat: [136, -1],
  sysfs: [139, -1],
  // Memory that belongs to no process: neither the watch on resident memory nor the quota of a tmpfs sees it.
  shmget: [29, 194],
  shmat: [30, 196],
  shmctl: [31, 195],
  semget: [64, 190],
  msgget: [68, 186],
}

/** Refused as if the kernel were older: programs and the C library then take another way. */
const unknown: Record<string, [x64: number, arm64: number]> = {
  // Its flags are in memory, where a filter cannot look.
  clone3: [435, 435],
  io_uring_setup: [425, 425],
  io_uring_enter: [426, 426],
  io_uring_register: [427, 427],
  memfd_create: [319, 279],
  memfd_secret: [447, 447],
}

const machines = {
  x64: { index: 0, audit: 0xc000003e, clone: 56, socket: 41, ioctl: 16 },
  arm64: { index: 1, audit: 0xc00000b7, clone: 220, socket: 198, ioctl: 29 },
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
const notPermitted = failWith(1)
const noSuchCall = failWith(38)
const noSuchFamily = failWith(97)

/** CLONE_NEWTIME shares its bit with the exit signal of clone and exists in clone3 and unshare only. */
const newNamespaces = 0x7e020000

/** The program's bytes, as `bwrap --seccomp` and prctl(2) take them; undefined for a machine that is not known. */
export function seccompFilter(machine: string): Uint8Array | undefined {
  if (machine !== 'x64' && machine !== 'arm64') return undefined
  const { index, audit, clone, socket, ioctl } = machines[machine]
  const code: [operation: number, ifTrue: number, ifFalse: number, value: number][] = []
  const add = (operation: number, value: number, ifTrue = 0, ifFalse = 0) =>
    code.push([operation, ifTrue, ifFalse, value])
  /** For one system call: `rules` must end by giving a verdict. */
  const when = (number: number, rules: () => void) => {
    const jump = add(ifEqual, number) - 1
    rules()
    code[jump]![2] = code.length - jump - 1
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
  when(clone, () => {
    add(load, at.argument(0))
    add(ifAnyBit, newNamespaces, 0, 1)
    add(give, notPermitted)
    add(give, allow)
  })
  // Sockets that lead nowhere: unix, and TCP and UDP in a network name space without a network.
  when(socket, () => {
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
  // TIOCSTI and TIOCLINUX type into a terminal.
  when(ioctl, () => {
    add(load, at.argument(1))
    add(ifEqual, 0x5412, 2)
    add(ifEqual, 0x541c, 1)
    add(give, allow)
    add(give, notPermitted)
  })
  for (const [calls, verdict] of [
    [refused, notPermitted],
    [unknown, noSuchCall],
  ] as const) {
    for (const numbers of Object.values(calls)) {
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
