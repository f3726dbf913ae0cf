import type { Config } from '../../config/config.ts'
import { loadTelemetry } from './telemetry.ts'
import type { Log } from '../../common/log.ts'
import { createMetrics, type Metrics, type StateOfServer } from '../../telemetry/metrics.ts'
import { observers, type Observer } from '../../telemetry/observer.ts'
import type { Telemetry } from '../../telemetry/open-telemetry.ts'
import { watchEventLoop } from '../../telemetry/watch-event-loop.ts'
import manifest from '../../../package.json' with { type: 'json' }

export interface Observers {
  metrics: Metrics
  /** Tells everybody who is told what the server does. */
  observer: Observer
  /** Lets OpenTelemetry be told too, under this name of the server, which only its opened storage knows. */
  startTelemetry(serverId: string): void
}

/** Opens those who are told what the server does. Throws CannotStart where a package for telemetry is not installed. */
export async function openObservers(
  config: Config,
  { log, state }: { log: Log; state: StateOfServer },
  opened: AsyncDisposableStack,
): Promise<Observers> {
  const { version } = manifest
  const metrics = opened.use(createMetrics(version, state))
  opened.use(watchEventLoop(log))
  const openTelemetry = await loadTelemetry(config)
  const told: Observer[] = [metrics]
  let telemetry: Telemetry | undefined
  // It ends after the storage, which has something to tell until its own end.
  opened.defer(() => telemetry?.close())
  return {
    metrics,
    observer: observers(told),
    startTelemetry(id) {
      telemetry = openTelemetry?.({ id, version }, log)
      if (telemetry) told.push(telemetry)
    },
  }
}
