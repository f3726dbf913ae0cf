/** The folders where a dynamically linked program finds its libraries. */
export const libraries = [
  '/usr/lib',
  '/usr/lib64',
  '/usr/local/lib',
  '/lib',
  '/lib64',
  '/nix/store',
  '/etc/ld.so.cache',
]

/**
 * What a native Python and the programs of its cells (`!ls`) need of the system. This is not all of `/usr`, because
 * images often keep the server itself in `/usr/src`, and packages with their data in `/usr/local`.
 */
export const systemFolders = [
  '/usr/bin',
  '/usr/lib',
  '/usr/lib32',
  '/usr/lib64',
  '/usr/libexec',
  '/usr/share',
  '/bin',
  '/lib',
  '/lib32',
  '/lib64',
  '/nix/store',
  '/etc/alternatives',
  '/etc/fonts',
  '/etc/ld.so.cache',
  '/etc/localtime',
  '/etc/matplotlibrc',
  '/etc/mime.types',
  '/etc/python3',
  '/etc/python3.11',
  '/etc/python3.12',
  '/etc/python3.13',
  '/var/cache/fontconfig',
]

/**
 * The files in /proc that describe the machine and what others do on it. No program needs them. python/confine.py has
 * the same list.
 */
export const machineFiles = (
  'acpi buddyinfo bus cmdline config.gz diskstats driver fs interrupts iomem ioports irq kallsyms kcore key-users keys ' +
  'kpagecgroup kpagecount kpageflags latency_stats locks mdstat modules pagetypeinfo partitions pressure sched_debug ' +
  'schedstat scsi slabinfo softirqs swaps sys/fs sys/kernel/pty sys/kernel/random/boot_id sysrq-trigger timer_list tty ' +
  'vmallocinfo vmstat zoneinfo'
)
  .split(' ')
  .map((name) => `/proc/${name}`)
