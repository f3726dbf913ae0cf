import type { HealthReport, Lane, Places } from '../api/health.ts'
import { bytes, count } from '../parts/quantities.ts'

/** `note` is something that somebody may want to change, `fail` something that does not work. */
export interface Finding {
  verdict: 'ok' | 'note' | 'fail'
  what: string
  says: string
  /** Longer than a line: reasons, advice. */
  more?: string[]
}

const tooLittle = 100_000_000
const little = 1_000_000_000

/** The report, part by part, as somebody reads it who is asked why it does not work. */
export function judgeHealth(health: HealthReport): Finding[] {
  return [
    writes(health),
    database(health),
    disk(health),
    models(health),
    codeInterpreter(health),
    fileSearch(health),
    places('Runs', health.runs, health.unreachable_providers, queueInWords(health)),
    places('Indexing', health.files, undefined, filesInWords(health)),
    telemetry(health),
  ].filter((finding) => finding !== undefined)
}

function writes({ status }: HealthReport): Finding {
  const what = 'Server'
  if (status === 'failing')
    return {
      verdict: 'fail',
      what,
      says: 'Its writes do not reach the database or the files. The log says why.',
    }
  if (status === 'closing')
    return { verdict: 'note', what, says: 'It is about to end, and takes no new work.' }
  return { verdict: 'ok', what, says: 'A write has just reached the disk.' }
}

function database({ database: state }: HealthReport): Finding | undefined {
  const what = 'Database'
  if (state === null) return { verdict: 'fail', what, says: 'It cannot be asked at the moment.' }
  if (!state) return undefined
  const size = `${state.kind === 'sqlite' ? 'SQLite' : 'PostgreSQL'}, ${bytes(state.bytes)}`
  if (state.kind === 'sqlite') return { verdict: 'ok', what, says: size }
  const connected = state.servers_connected
  const others =
    typeof connected === 'number'
      ? `servers: ${count(connected)}, at work now: ${count(state.servers_at_work)}`
      : `servers at work now: ${count(state.servers_at_work)}`
  const leads = state.leads ? 'this server does the maintenance' : 'another server does the maintenance'
  return { verdict: 'ok', what, says: `${size}; ${others}; ${leads}` }
}

function disk({ disk: room }: HealthReport): Finding | undefined {
  if (!room) return undefined
  const verdict = room.free_bytes < tooLittle ? 'fail' : room.free_bytes < little ? 'note' : 'ok'
  const advice = { ok: '', note: ': make room soon', fail: ': too little to work with, make room' }[verdict]
  return {
    verdict,
    what: 'Disk',
    says: `${bytes(room.free_bytes)} of ${bytes(room.total_bytes)} free${advice}`,
  }
}

function models({ models: lines = [], model_problems: problems = [] }: HealthReport): Finding | undefined {
  const [first, ...more] = lines
  if (first === undefined && problems.length === 0) return undefined
  const verdict = problems.length > 0 ? 'fail' : first?.startsWith('demo,') ? 'note' : 'ok'
  return { verdict, what: 'Models', says: problems[0] ?? first ?? '', more: [...problems.slice(1), ...more] }
}

function codeInterpreter({
  code_interpreter: sandbox,
  python_sessions: sessions,
}: HealthReport): Finding | undefined {
  const what = 'Code interpreter'
  if (!sandbox) return undefined
  const { state, id, isolation, reason, limits, warning, packages = {} } = sandbox
  if (state === 'checking') return { verdict: 'note', what, says: 'It is being tried out.' }
  const reasons = reason === undefined ? [] : reason.split('; ')
  if (state === 'unavailable') {
    const isOff = reason?.includes('switched off') ?? false
    return {
      verdict: isOff ? 'ok' : 'fail',
      what,
      says: isOff ? 'Switched off.' : 'There is none.',
      more: isOff ? [] : reasons,
    }
  }
  const versions = Object.entries(packages).map(([name, version]) => `${name} ${version}`)
  const limited = limits === undefined ? '' : `, limits by ${limits}`
  const open = sessions && `; sessions: ${count(sessions.open)}, ${bytes(sessions.memory_bytes ?? 0)}`
  const confined = `${id}, confined by ${isolation}${limited}${open ?? ''}`
  return {
    verdict: warning === undefined ? 'ok' : 'note',
    what,
    says: confined,
    more: [...reasons, ...(warning === undefined ? [] : warning.split('\n')), versions.join(', ')].filter(
      Boolean,
    ),
  }
}

function fileSearch({ file_search: search, setup }: HealthReport): Finding | undefined {
  if (!search) return undefined
  const what = 'File search'
  if (search.ranking === 'hybrid')
    return { verdict: 'ok', what, says: `Hybrid: by words, and by vectors of ${search.model ?? 'a model'}` }
  return { verdict: 'note', what, says: 'By words alone.', ...(setup !== undefined && { more: [setup] }) }
}

/** Runs that no worker has begun with, and for how long the oldest has waited. */
function queueInWords({ database: state }: HealthReport): string | undefined {
  const queued = state?.active_runs?.['queued'] ?? 0
  if (queued === 0) return undefined
  const oldest = state?.oldest_queued_at
  const seconds = oldest == null ? undefined : Math.max(0, Math.floor(Date.now() / 1_000 - oldest))
  const since = seconds === undefined ? '' : `, the oldest for ${count(seconds)} s`
  return `${count(queued)} ${queued === 1 ? 'waits' : 'wait'} for a worker${since}`
}

function filesInWords({ database: state }: HealthReport): string | undefined {
  const files = state?.files_to_index ?? 0
  return files === 0 ? undefined : `${count(files)} file${files === 1 ? '' : 's'} not done yet`
}

function telemetry({ telemetry: sent }: HealthReport): Finding | undefined {
  if (!sent) return undefined
  const kinds = [sent.traces && 'traces', sent.metrics && 'numbers'].filter(Boolean).join(' and ')
  return { verdict: 'ok', what: 'OpenTelemetry', says: `Sends ${kinds}` }
}

function places(
  what: string,
  report: Places | undefined,
  unreachable: Record<string, string> = {},
  waiting?: string,
): Finding | undefined {
  if (!report) return undefined
  const outages = Object.entries(unreachable).map(([name, reason]) => `${name}: ${reason}`)
  const lanes = Object.entries(report.lanes).filter(([, { waits }]) => waits)
  const projects = Object.entries(report.projects ?? {})
  const more = [
    ...outages,
    ...lanes.map(([name, { taken }]) => `${name}: ${count(taken)} at work, and more wait for a place`),
    // One alone has what is taken of all.
    ...(projects.length > 1 ? projects.map(projectInWords) : []),
  ]
  const says = [
    `${count(report.taken)} of ${count(report.places)} places taken`,
    ...(waiting === undefined ? [] : [waiting]),
  ].join('; ')
  return { verdict: outages.length > 0 ? 'fail' : lanes.length > 0 ? 'note' : 'ok', what, says, more }
}

const projectInWords = ([name, { taken, waits }]: [string, Lane]) =>
  `Project ${name}: ${count(taken)} at work${waits ? ', and more wait for a place' : ''}`
