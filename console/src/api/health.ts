import { queryOptions } from '@tanstack/react-query'
import type OpenAI from 'openai'
import { rootAddress } from './root.ts'

/** How work is spread over the places for it: by provider for runs, by vector store for files. */
export interface Places {
  places: number
  taken: number
  lanes: Record<string, Lane>
  /** The same by project, for runs. */
  projects?: Record<string, Lane>
}

export interface Lane {
  taken: number
  waits: boolean
}

/** A server on the database: what it holds, and since when. */
export interface ServerReport {
  id: string
  /** Whether it is the server that was asked. */
  self: boolean
  /** When the oldest of what it holds was created, in Unix seconds. */
  since: number | null
  runs: number
  files: number
}

/** What `GET /health` says to somebody with a key. Older servers say less. */
export interface HealthReport {
  status: 'ok' | 'failing' | 'closing'
  version?: string
  /** The version of Node that it runs on. */
  node?: string
  /** In Unix seconds. */
  started_at?: number
  /** Null while it cannot be asked. */
  database?: {
    kind: 'sqlite' | 'postgres'
    bytes: number
    leads: boolean
    servers_at_work: number
    files_to_index: number
    servers?: ServerReport[]
    /** Those without work included. Null with SQLite. */
    servers_connected?: number | null
    active_runs?: Record<string, number>
    /** In Unix seconds. */
    oldest_queued_at?: number | null
  } | null
  file_storage?: { kind: 'folder' | 's3'; place: string | null }
  disk?: { free_bytes: number; total_bytes: number } | null
  problems?: { time: number; level: 'warn' | 'error'; fact: string; times: number; reason: string | null }[]
  code_interpreter?: {
    state: 'checking' | 'ready' | 'unavailable'
    id: string
    isolation: string
    reason?: string
    limits?: string
    warning?: string
    packages?: Record<string, string>
  }
  python_sessions?: { open: number; memory_bytes: number | null }
  /** Whether traces and numbers are sent by OTLP. */
  telemetry?: { traces: boolean; metrics: boolean } | null
  file_search?: { ranking: 'words' | 'hybrid'; model: string | null }
  setup?: string
  /** Lines for people: the models, or how to connect one. */
  models?: string[]
  model_problems?: string[]
  runs?: Places
  files?: Places
  /** Why runs wait for a provider, by its name. */
  unreachable_providers?: Record<string, string>
}

/** Asked again every few seconds: it is also how a lost connection, and its return, are noticed. */
export const healthQuery = (client: OpenAI) =>
  queryOptions({
    queryKey: ['health'],
    async queryFn({ signal }): Promise<HealthReport> {
      const answer = await fetch(new URL('health', rootAddress), {
        signal,
        headers: { authorization: `Bearer ${client.apiKey}` },
      })
      return answer.json()
    },
    refetchInterval: ({ state }) => (state.status === 'error' ? 2_000 : 10_000),
  })
