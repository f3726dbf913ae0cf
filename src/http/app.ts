import { Hono } from 'hono'
import { getPathNoStrict } from 'hono/utils/url'
import { defaultRequestLimits, type RequestLimits } from '../contract/request-limits.ts'
import { invalid, type ApiError } from '../errors/errors.ts'
import { newRequestId } from '../common/ids.ts'
import type { Log } from '../common/log.ts'
import type { Context } from '../operations/context.ts'
import type { Observer } from '../telemetry/observer.ts'
import type { Access } from '../operations/access.ts'
import { admitRequest } from '../operations/admit.ts'
import { cursorError } from '../operations/list.ts'
import { answer } from './answer.ts'
import { authenticate } from './auth.ts'
import { readToEnd } from './body.ts'
import type { Api, Env, Request } from './call.ts'
import { callers } from './callers.ts'
import { consoleAsset, consolePage, greeting, type ConsoleFiles } from './console.ts'
import { preflight } from './cors.ts'
import { decompressBody } from './decompress.ts'
import { refuseUnknownHost } from './known-host.ts'
import type { JsonParser } from './json-parser.ts'
import { healthRoute, type Health } from './health.ts'
import { metricsRoute, type MetricsText } from './metrics.ts'
import { observeRequest, observeUpgrade } from './observe-request.ts'
import { assistantRoutes } from './routes/assistants.ts'
import { fileBatchRoutes } from './routes/file-batches.ts'
import { fileRoutes } from './routes/files.ts'
import { messageRoutes } from './routes/messages.ts'
import { modelRoutes } from './routes/models.ts'
import { apiKeyRoutes } from './routes/api-keys.ts'
import { budgetRoutes } from './routes/budgets.ts'
import { auditLogRoutes } from './routes/audit-logs.ts'
import { limitRoutes } from './routes/limits.ts'
import { organizationRoutes } from './routes/organization.ts'
import { projectRoutes } from './routes/projects.ts'
import { serviceAccountRoutes } from './routes/service-accounts.ts'
import { runStepRoutes } from './routes/run-steps.ts'
import { runTimelineRoutes } from './routes/run-timeline.ts'
import { runRoutes } from './routes/runs.ts'
import { containerRoutes } from './routes/containers.ts'
import { conversationRoutes } from './routes/conversations.ts'
import { responseRoutes, responseTimelineRoutes } from './routes/responses.ts'
import { responseSocketRoute } from './routes/responses-socket.ts'
import { threadRoutes } from './routes/threads.ts'
import { uploadRoutes } from './routes/uploads.ts'
import { vectorStoreFileRoutes } from './routes/vector-store-files.ts'
import { vectorStoreRoutes } from './routes/vector-stores.ts'
import { chatCompletionRoutes } from './routes/chat-completions.ts'
import { traceRoutes } from './routes/traces.ts'
import { webhookEndpointRoutes } from './routes/webhook-endpoints.ts'
import { createOldIdHint } from '../operations/old-id-hint.ts'
import { toApiError } from './to-api-error.ts'
import { unknownRoute } from './unknown-route.ts'

export interface AppOptions extends Omit<Context, 'project' | 'apiKey'> {
  access: Access
  observer: Observer
  /** The log of the server. `log` below is the event log of runs. */
  serverLog: Log
  health: Health
  metrics: MetricsText
  console: ConsoleFiles
  /** Parses request bodies. */
  json: JsonParser
  closing: AbortSignal
  /** Names that the server answers to besides those of loopback. Undefined when it answers to every name. */
  allowedHosts?: readonly string[] | undefined
  limits?: RequestLimits
  /** The types of tools that the server has in addition to those of the API. */
  ownTools?: readonly string[]
}

/**
 * The prefixes that OpenAI's clients and Azure's clients use, the latter with and without a version. The longest comes
 * first.
 */
const mounts = ['/openai/v1', '/openai', '/v1']

/** Older releases of Azure's client put the deployment into the path of every request. */
const withoutDeployment = (request: globalThis.Request) =>
  getPathNoStrict(request).replace(/^\/openai\/deployments\/[^/]+(?=\/)/, '/openai')

/** The whole API as one function that takes a web Request. */
export function createApp({
  access,
  observer,
  serverLog,
  health,
  metrics,
  console,
  json,
  closing,
  allowedHosts,
  limits = defaultRequestLimits,
  ownTools = [],
  ...parts
}: AppOptions): Hono<Env> {
  const callerOf = callers(parts)

  const api: Api = new Hono<Env>({ strict: false })
  assistantRoutes(api, ownTools)
  // These come before the routes of threads, which would take `runs` for an id.
  runRoutes(api, { log: serverLog, limits, ownTools, traces: observer.traces })
  containerRoutes(api)
  conversationRoutes(api)
  responseSocketRoute(api, { log: serverLog, observer })
  responseTimelineRoutes(api)
  responseRoutes(api, { log: serverLog, traces: observer.traces })
  threadRoutes(api, limits)
  messageRoutes(api)
  runStepRoutes(api)
  runTimelineRoutes(api)
  fileRoutes(api)
  uploadRoutes(api)
  vectorStoreRoutes(api)
  vectorStoreFileRoutes(api)
  fileBatchRoutes(api)
  modelRoutes(api)
  organizationRoutes(api)
  projectRoutes(api)
  serviceAccountRoutes(api)
  apiKeyRoutes(api)
  auditLogRoutes(api)
  webhookEndpointRoutes(api)
  traceRoutes(api)
  chatCompletionRoutes(api, { traces: observer.traces })
  limitRoutes(api)
  budgetRoutes(api)
  const explainUnknown = unknownRoute(api.routes, mounts)

  const app = new Hono<Env>({ getPath: withoutDeployment })
  app.use(async (c, next) => {
    c.set('call', { requestId: newRequestId(), began: performance.now(), json, closing })
    observeRequest(c, { log: serverLog, observer })
    const unknown = allowedHosts && refuseUnknownHost(c.req.header('host'), allowedHosts)
    if (unknown) c.res = answer(c, unknown.body(), unknown.status)
    else if (c.req.method === 'OPTIONS') c.res = preflight(c)
    else await next()
    observeUpgrade(c, { log: serverLog, observer })
  })
  metricsRoute(app, metrics, access)
  healthRoute(app, { health, log: serverLog, access })
  for (const mount of mounts) {
    app.use(`${mount}/*`, async (c, next) => {
      const call = c.get('call')
      // A path below /openai/v1 matches two mounts, so this runs twice. The first run has done everything.
      if (!call.caller) {
        call.caller = callerOf(await authenticate(access, c.req.raw.headers))
        const { project } = call.caller
        if (project) call.counted = await admitRequest(project.admission, project)
        refuseOldBeta(c)
        refuseNul(c)
        decompressBody(c)
      }
      return next()
    })
    // Whoever has changed keys finds them changed here at once; other servers follow within a second.
    app.use(`${mount}/organization/*`, async (c, next) => {
      await next()
      if (c.req.method !== 'GET') await access.refresh()
    })
  }
  for (const mount of mounts) app.route(mount, api)

  app.get('/assets/:name', consoleAsset(console))
  app.get('/', async (c) => (await consolePage(c, console)) ?? greeting(console))
  app.notFound(async (c) => {
    const page = isOfApi(c) ? undefined : await consolePage(c, console)
    if (page) return page
    const { error, allow } = explainUnknown(c.req.method, c.req.path)
    return answer(c, error.body(), error.status, {
      ...(allow !== undefined && { allow }),
      ...(await connectionAfter(c)),
    })
  })

  const explainOldId = createOldIdHint(parts.db, serverLog)
  app.onError(async (thrown, c) => {
    const { requestId } = c.get('call')
    const error = cursorError(thrown, c.req.path) ?? toApiError(thrown, requestId, serverLog)
    await explainOldId(error)
    const body = { ...error.body(), ...(ofFiles(c) && detailOf(error)) }
    return answer(c, body, error.status, { ...error.headers, ...(await connectionAfter(c)) })
  })
  return app
}

const connectionAfter = async (c: Request): Promise<Record<string, string>> =>
  (await readToEnd(c)) ? {} : { connection: 'close' }

/** The header may contain a list. Without the header the current version is meant. */
function refuseOldBeta(c: Request): void {
  const beta = c.req.header('openai-beta')
  if (!beta?.includes('assistants=v1') || beta.includes('assistants=v2')) return
  throw invalid(
    'The v1 Assistants API has been deprecated. See the migration guide for more information: https://platform.openai.com/docs/assistants/migration.',
    null,
    'invalid_beta',
  )
}

/** Refuses NUL in a path, as in bodies: no database stores it in an id, and some fail when they are asked for it. */
function refuseNul(c: Request): void {
  if (/%00/.test(c.req.url)) throw invalid('Invalid URL: it must not contain NUL characters (%00).')
}

const isOfApi = (c: Request) => mounts.some((mount) => `${c.req.path}/`.startsWith(`${mount}/`))

const ofFiles = (c: Request) => /^(\/openai)?(\/v1)?\/files(\/|$)/.test(c.req.path)

/** The original's routes for files reported the problem in two places. */
const detailOf = (error: ApiError) => ({ detail: { message: error.message, code: error.code } })
