import type { Completions } from '../completions/completions.ts'
import type { BudgetsOf } from '../store/usage/budgets.ts'
import type { LoadsAddresses } from '../common/download-public.ts'
import type { PublicFetch } from '../common/public-fetch.ts'
import type { PublicPictures } from '../common/public-pictures.ts'
import type { DocumentReader } from '../search/read-document.ts'
import type { SearchDeps } from '../search/search-chunks.ts'
import type { Blobs } from '../store/blobs/blobs.ts'
import type { Database } from '../store/database.ts'
import type { TakesHosted } from '../responses/hosted-entry.ts'
import type { HostedKind } from '../contract/responses/hosted-response-tools.ts'
import type { ResponsesSettings } from '../contract/responses/settings.ts'
import type { RunTrace, StoredRun } from '../contract/runs.ts'
import type { Price } from '../contract/models.ts'
import type { Reservation } from '../store/leased-worker.ts'
import type { Limits } from '../store/usage/limits.ts'
import type { RateLimiter } from '../store/usage/rate-limiter.ts'
import type { RunLog } from '../store/run-log.ts'
import type { Places } from '../common/turns.ts'
import type { CompletionBudgets } from './completion-budgets.ts'
import type { SendWebhook } from '../webhooks/send.ts'

/** What an operation needs, on behalf of one project. */
export interface Context {
  /** Every row belongs to one project, and an operation sees only the rows of its own. */
  project: string
  /** The id of the key, with which what is used is counted. */
  apiKey: string
  /** The trace that the request belongs to, where the server traces runs. */
  trace?: RunTrace | undefined
  db: Database
  blobs: Blobs
  /** The event log of runs. */
  log: RunLog
  catalog: ModelCatalog
  /** What projects may use at most. */
  budgetsOf: BudgetsOf
  /** The places for runs of each lane (`store/run-lane.ts`), and which of them are taken. */
  places: Places
  /** Reserves a place for a run that is about to be created. Undefined when the run has to wait for a place. */
  reserve: (lane: string) => Reservation<StoredRun> | undefined
  /** The name of this server. */
  server: string
  /** The Python sessions of sandboxes, by the sandbox (that of a thread has its id) and the server that may have one. */
  pythonSessions: PythonSessions
  /** Says why a run in progress waits for its provider. */
  outages: { reasonFor(run: { id: string; provider: string }): string | undefined }
  /** Says why a run in progress waits for a limit per minute. */
  allowances: { reasonFor(runId: string): string | undefined }
  admission: Admission
  containers: ContainerSettings
  /** What a search in vector stores needs. */
  search: SearchDeps
  sendWebhook: SendWebhook
  responses: ResponsesSettings
  /** Reads the files that a request names. */
  documents: DocumentReader
  /** Asks an address that a caller gave. */
  publicFetch: PublicFetch
  /** Loads a picture from an address that a caller gave. */
  pictures: Pick<PublicPictures, 'load'>
  /** Aborted when the caller has left, where an operation looks at that. */
  leaving?: AbortSignal | undefined
  /** Requests for models themselves. */
  completions: Completions
  completionBudgets: CompletionBudgets
  /** Says that what an answer has used could not be counted. */
  notCounted: (error: unknown) => void
}

/** What the operator allows to containers. */
export interface ContainerSettings {
  /** After so many minutes without activity a container expires, at most. */
  minutes: number
  /** The memory of a Python session, in bytes. */
  memory: number
  /** Whether the code interpreter is switched off, so that no program runs. */
  isOff?: boolean
}

/** What projects and keys may do at most, and what keeps the limits of a minute. */
export interface Admission {
  limits: () => Limits
  limiter: RateLimiter
}

/**
 * Times are in milliseconds. Undefined when there is none, `unknown` when the server that may have one lives and does not
 * answer.
 */
type FoundSession = { startedAt: number; idleSince: number | undefined } | undefined | 'unknown'

export interface PythonSessions {
  look(sandboxId: string, server: string): Promise<FoundSession>
  /** Ends the session. Resolves with what it was before. */
  end(sandboxId: string, server: string | undefined): Promise<FoundSession>
}

export interface ModelPricing {
  /** In small letters. Undefined when the operator has given no prices at all. */
  currency?: string | undefined
  /** Undefined when the operator has given no price. */
  priceOf(name: string): Price | undefined
}

/** A model that a name leads to. Windows are in tokens. */
export interface Served {
  /** After aliases. */
  name: string
  provider: string
  contextWindow: number
  contextWindowKnown: boolean
  structuredOutputs: boolean
  /** Whether it can be asked how probable its tokens were. */
  logprobs: boolean
  /** Whether the provider is told of a `service_tier`. Undefined where that is not known. */
  serviceTiers?: boolean
  /** The tools that its provider runs. */
  hostedTools: readonly HostedKind[]
  hostedTool: TakesHosted['hostedTool']
  /** Whether it calls functions, and sees pictures. Undefined where that is not known. */
  tools?: boolean
  images?: boolean
}

/** The models that are served. In the server this is the registry. */
export interface ModelCatalog extends ModelPricing {
  /** Undefined when no provider serves the name. */
  resolve(name: string): Promise<(Served & { model: LoadsAddresses }) | undefined>
  /** The same from what is known now, without opening a model. */
  look(name: string): Served | undefined
  /**
   * Why a name may be unknown although a provider serves it. `passing` is true when asking again in a moment may help.
   */
  problems(): { text: string; passing: boolean }[]
  list(): Promise<{ id: string; created: number; owned_by: string }[]>
  /** All that have ever been listed. Providers are waited for no longer than `waitMs`. */
  known(waitMs: number): Promise<{ id: string }[]>
}
