import { FileRefused, type ChangedFiles, type Kernel } from '../../sandbox/sandbox.ts'
import type { StoredBytes } from '../../store/usage/stored-bytes.ts'

export const sandboxFolder = '/mnt/data/'

/** What became of the files of one call. */
export interface Outcome {
  /** The paths of those that were stored. */
  kept: string[]
  /** Those that were not, each with the reason. */
  lost: string[]
  /** Those for which the sandbox has no room, each with its size. */
  beyondThread: string[]
}

/** Text for the model about the files that a call has written. */
export const notesOn = (kernel: Kernel, outcome: Outcome, changed: ChangedFiles): string[] => [
  ...notesOnSession(kernel, outcome, changed),
  ...notesOnThread(kernel, outcome.beyondThread),
]

function notesOnSession({ limits }: Kernel, { kept, lost }: Outcome, changed: ChangedFiles): string[] {
  const { tooLarge, beyond, left, misnamed } = changed
  const others = beyond - left.length > 0 ? [`and ${beyond - left.length} more`] : []
  const large = tooLarge.map(({ name, size }) => `${sandboxFolder}${name} (${mb(size)})`)
  return [
    kept.length > 0 && `Files written: ${kept.join(', ')}`,
    lost.length > 0 && `Not kept: ${lost.join(', ')}`,
    large.length > 0 && `Not kept, because they are larger than ${mb(limits.fileBytes)}: ${large.join(', ')}`,
    beyond > 0 &&
      `Not kept yet: ${[...left.map((name) => sandboxFolder + name), ...others].join(', ')}. After each call at most ` +
        `${limits.files} files are kept; the next call keeps more of them, or put many into one zip file.`,
    misnamed > 0 && `Not kept: ${misnamed} files with control characters or a backslash in their names.`,
  ].filter((line) => line !== false)
}

/** Why a file was not stored, where project, key or sandbox may have no more. */
export const beyondLimit = ({ of, limit }: StoredBytes) =>
  `the files of this ${of} may take ${limit} bytes together`

const notesOnThread = ({ limits }: Kernel, paths: string[]) =>
  paths.length === 0
    ? []
    : [
        `Not kept, because the files that the programs of this conversation have left, earlier versions and pictures ` +
          `included, would take more than ${mb(limits.threadBytes)} together: ${paths.join(', ')}. Write smaller files, ` +
          'or ask the user to delete some.',
      ]

/** Why the transfer of a file failed. Only texts of the sandbox are shown, because other errors may describe this machine. */
export function why(error: unknown): string {
  if (error instanceof FileRefused) return error.message
  return (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'it was deleted' : 'the transfer failed'
}

export const mb = (bytes: number) => `${Math.round(bytes / 2 ** 20)} MB`
