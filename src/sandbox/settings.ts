import { z } from 'zod'
import { isSandboxChoice, sandboxChoices, type SandboxChoice } from './pair-ids.ts'
import type { SandboxLimits } from './sandbox.ts'

/** How the operator wants model-written code to run. A missing field has its default. */
export interface SandboxSettings {
  engine: SandboxChoice
  /** The default is that of default-limits.ts. */
  limits?: Partial<SandboxLimits>
  /** The number of kernels at a time, without the spares. The default depends on the memory. */
  maxSessions?: number
  /** The default is half an hour. */
  idleMs?: number
  /** The default is an hour. */
  maxAgeMs?: number
  docker?: DockerSettings
}

/**
 * Containers of a Docker engine. Who can use its socket is root on its machine, so it is used only when it is
 * configured.
 */
export interface DockerSettings {
  /** The image must have python3 with the data packages. */
  image: string
  /** `runsc` (gVisor) and `kata` isolate better than namespaces. The default is that of the engine. */
  runtime?: string
  /** The path of a unix socket. The default is `/var/run/docker.sock`. */
  socket?: string
}

const number = z.number().positive()
const count = z.int().positive()
const file = z.strictObject({
  engine: z.string().optional(),
  call_seconds: number.optional(),
  cpu_seconds: count.optional(),
  memory_mb: count.min(128).optional(),
  processes: count.optional(),
  disk_mb: count.optional(),
  output_kb: count.optional(),
  images: count.optional(),
  image_mb: number.optional(),
  files: count.optional(),
  file_mb: number.optional(),
  thread_mb: number.optional(),
  sessions: count.optional(),
  idle_minutes: number.optional(),
  max_age_minutes: number.optional(),
  docker: z
    .strictObject({
      image: z.string().min(1),
      runtime: z.string().min(1).optional(),
      socket: z.string().startsWith('/').optional(),
    })
    .optional(),
})

/** The limit that each number of the file sets, and the factor that converts its unit. */
const toLimits = {
  call_seconds: ['callMs', 1000],
  cpu_seconds: ['cpuSeconds', 1],
  memory_mb: ['memory', 2 ** 20],
  processes: ['processes', 1],
  disk_mb: ['disk', 2 ** 20],
  output_kb: ['output', 2 ** 10],
  images: ['images', 1],
  image_mb: ['imageBytes', 2 ** 20],
  files: ['files', 1],
  file_mb: ['fileBytes', 2 ** 20],
  thread_mb: ['threadBytes', 2 ** 20],
} as const satisfies Record<string, readonly [keyof SandboxLimits, number]>
const toSessions = {
  sessions: ['maxSessions', 1],
  idle_minutes: ['idleMs', 60_000],
  max_age_minutes: ['maxAgeMs', 60_000],
} as const

/**
 * Reads the key `code_interpreter` of the parsed config file. `named` comes from the environment and wins; it is empty
 * when the environment does not set it. Problems are sentences for the operator.
 */
export function readSandboxSettings(
  config: unknown,
  named: string,
): { settings: SandboxSettings; problems: string[] } {
  const key = (config as { code_interpreter?: unknown } | null)?.code_interpreter
  const parsed = file.safeParse(key ?? {})
  const problems = (parsed.error?.issues ?? []).map(
    ({ path, message }) => `${['code_interpreter', ...path].join('.')}: ${message}`,
  )
  const { docker, engine = 'auto', ...numbers } = parsed.data ?? {}
  const wanted = named || engine
  if (!isSandboxChoice(wanted)) {
    const from = named ? 'THREADMILL_CODE_INTERPRETER' : 'code_interpreter.engine'
    problems.push(`${from} is "${wanted}"; it must be ${sandboxChoices}`)
  }
  if (wanted.endsWith('+docker') && !docker) {
    problems.push(`${wanted} needs code_interpreter.docker with an image, in the config file`)
  }
  return {
    settings: {
      engine: isSandboxChoice(wanted) ? wanted : 'auto',
      limits: scaled(toLimits, numbers),
      ...scaled(toSessions, numbers),
      ...(docker && { docker: docker as DockerSettings }),
    },
    problems,
  }
}

function scaled<Key extends string>(
  table: Record<string, readonly [Key, number]>,
  numbers: Record<string, number | undefined>,
): Partial<Record<Key, number>> {
  const found: Partial<Record<Key, number>> = {}
  for (const [name, [key, unit]] of Object.entries(table)) {
    const value = numbers[name]
    if (value !== undefined) found[key] = Math.round(value * unit)
  }
  return found
}
