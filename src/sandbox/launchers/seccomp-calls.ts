/**
 * The numbers of a system call, from the kernel's `syscall_64.tbl` and `asm-generic/unistd.h`. -1 means that the
 * machine does not have the call.
 */
export type Calls = Record<string, [x64: number, arm64: number]>

/** The system calls that every sandbox refuses. */
export const refused: Calls = {
  // These reach other processes.
  ptrace: [101, 117],
  process_vm_readv: [310, 270],
  process_vm_writev: [311, 271],
  process_madvise: [440, 440],
  process_mrelease: [448, 448],
  // Pages that are given to a pipe belong to no process, and each page may keep 2 MiB in memory.
  vmsplice: [278, 75],
  pidfd_getfd: [438, 438],
  kcmp: [312, 272],
  // These make namespaces and mounts.
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
  // These are large or privileged parts of the kernel.
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
  // These allocate memory that belongs to no process, so neither the watch on resident memory nor the quota of a tmpfs
  // counts it.
  shmget: [29, 194],
  shmat: [30, 196],
  shmctl: [31, 195],
  semget: [64, 190],
  msgget: [68, 186],
}

/** These are refused as if the kernel were older, so that programs and the C library use another call. */
export const unknown: Calls = {
  // The flags of clone3 are in memory, which a filter cannot read.
  clone3: [435, 435],
  io_uring_setup: [425, 425],
  io_uring_enter: [426, 426],
  io_uring_register: [427, 427],
  memfd_create: [319, 279],
  memfd_secret: [447, 447],
  // These tell what happens to files that sessions share: who opens them, and whether they were read lately.
  inotify_init: [253, -1],
  inotify_init1: [294, 26],
  mincore: [27, 232],
  cachestat: [451, 451],
}

/**
 * Calls that namespaces would make harmless. They lead to other programs of the machine by sockets, queues and the
 * names of files, or they keep deleted files where nobody can count them. Sockets themselves are refused by their
 * arguments.
 */
export const refusedAlone: Calls = {
  connect: [42, 203],
  bind: [49, 200],
  listen: [50, 201],
  accept: [43, 202],
  accept4: [288, 242],
  // A file that is being sent from one socket to another is open in no process.
  sendmsg: [46, 211],
  sendmmsg: [307, 269],
  semctl: [66, 191],
  semop: [65, 193],
  semtimedop: [220, 192],
  msgctl: [71, 187],
  msgrcv: [70, 188],
  msgsnd: [69, 189],
  mq_open: [240, 180],
  mq_unlink: [241, 181],
  // The rules of Landlock keep deleted files alive.
  landlock_create_ruleset: [444, 444],
  // Landlock refuses this call itself since Linux 6.2. `ftruncate` is harmless, because it needs a file that could be
  // opened.
  truncate: [76, 45],
}

/**
 * Landlock does not cover these calls, and files and processes of the server belong to the same user as the session.
 */
export const refusedAmongOwn: Calls = {
  chown: [92, -1],
  lchown: [94, -1],
  fchown: [93, 55],
  fchownat: [260, 54],
  setxattr: [188, 5],
  lsetxattr: [189, 6],
  fsetxattr: [190, 7],
  setxattrat: [463, 463],
  removexattr: [197, 14],
  lremovexattr: [198, 15],
  fremovexattr: [199, 16],
  removexattrat: [466, 466],
  file_setattr: [469, 469],
}

/**
 * The same holds for these, but programs that copy or unpack files fail without them. So the calls do nothing and
 * report success.
 */
export const pretendedAmongOwn: Calls = {
  chmod: [90, -1],
  fchmod: [91, 52],
  fchmodat: [268, 53],
  fchmodat2: [452, 452],
  utime: [132, -1],
  utimes: [235, -1],
  futimesat: [261, -1],
  utimensat: [280, 88],
}

/**
 * Calls whose first argument is the number of a process. They are allowed for the caller itself, which is 0.
 * `prlimit64` is another such call.
 */
export const ofItself: Calls = {
  sched_setaffinity: [203, 122],
  sched_setattr: [314, 274],
  sched_setparam: [142, 118],
  sched_setscheduler: [144, 119],
}
