import type { CodeInterpreterOutput } from '../../contract/run-steps.ts'
import type { Kernel, KernelOutput } from '../../sandbox/sandbox.ts'
import { joinLogs } from './join-logs.ts'

/** Passes the outputs of one cell on to the user and to the model. */
export interface CellOutputs {
  take(output: KernelOutput, kernel: Kernel): Promise<void>
  /** Shows the output that is held back. */
  flush(): void
  /** All text that was shown. */
  readonly text: string
  /** How many pictures were shown. */
  readonly pictures: number
}

/** `keepPicture` returns the id of the picture's File, or undefined when it cannot be stored. */
export function cellOutputs(
  show: (output: CodeInterpreterOutput) => void,
  keepPicture: (kernel: Kernel, png: Buffer) => Promise<string | undefined>,
): CellOutputs {
  const lines: string[] = []
  let pictures = 0
  const logs = joinLogs((text) => {
    lines.push(text)
    show({ type: 'logs', logs: text })
  })
  async function takePicture(base64: string, kernel: Kernel): Promise<void> {
    const bytes = Buffer.from(base64, 'base64')
    if (!isPng(bytes)) return
    logs.flush()
    const file_id = await keepPicture(kernel, bytes)
    if (file_id === undefined) {
      return logs.add('[a picture was not kept: the files of this thread take too much]\n')
    }
    pictures++
    show({ type: 'image', image: { file_id } })
  }
  return {
    async take(output, kernel) {
      if (output.type === 'stream') logs.add(output.text)
      else if (output.type === 'error') logs.add(output.traceback)
      else if (output.type === 'done') logs.add(await ending(output, kernel))
      else {
        const { 'image/png': png, 'text/plain': text = '' } = output.data
        // Beside a picture there is often only the name of its class as text, and beside a formula its source.
        if (png === undefined ? 'text/plain' in output.data : text !== '' && !isNameOnly(text)) {
          logs.add(`${text}\n`)
        }
        if (png) await takePicture(png, kernel)
      }
    },
    flush: () => logs.flush(),
    get text() {
      return lines.join('')
    },
    get pictures() {
      return pictures
    },
  }
}

/** True for text such as `<Figure size 640x480 with 1 Axes>`. */
const isNameOnly = (text: string) => /^<[^\n]*>$/.test(text)

const ended = {
  memory: ({ memory }: Kernel['limits']) => `it used more than ${Math.round(memory / 2 ** 20)} MB of memory`,
  disk: ({ disk }: Kernel['limits']) => `its files took more than ${Math.round(disk / 2 ** 20)} MB`,
  cpu: ({ cpuSeconds }: Kernel['limits']) => `it used more than ${cpuSeconds} s of processor time`,
  timeout: () => 'it did not react to being interrupted',
  crashed: () => 'it crashed',
  closed: () => 'it was closed',
}

async function ending(
  { status, truncated }: Extract<KernelOutput, { type: 'done' }>,
  { limits, closed }: Kernel,
): Promise<string> {
  const cut = truncated ? '[output cut here: it was too long]\n' : ''
  if (status === 'timeout') {
    return `${cut}TimeoutError: the cell took more than ${limits.callMs / 1000} s and was interrupted\n`
  }
  if (status === 'died') {
    const why = ended[(await closed).reason](limits)
    return `${cut}The Python session ended: ${why}. Its variables are gone, and files that this call wrote were not kept; those of earlier calls remain.\n`
  }
  return cut
}

const isPng = (bytes: Uint8Array) =>
  Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]).equals(bytes.subarray(0, 8))
