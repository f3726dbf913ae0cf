import type { SandboxLimits } from './sandbox.ts'

const MiB = 1 << 20

export const defaultSandboxLimits: SandboxLimits = {
  callMs: 60_000,
  graceMs: 3000,
  startMs: 15_000,
  memory: 1024 * MiB,
  cpuSeconds: 1800,
  processes: 64,
  // The largest upload, a result of the same size, and room for other files. The memory is used only when it is
  // written.
  disk: 1280 * MiB,
  output: MiB,
  images: 20,
  imageBytes: 8 * MiB,
  files: 100,
  fileBytes: 512 * MiB,
  threadBytes: 4096 * MiB,
}
