import { hostname } from 'node:os'
import type { Config } from '../../config/config.ts'
import type { Log } from '../../common/log.ts'
import { telemetryPackages, withoutPackages } from '../../common/optional-packages.ts'
import { providerPlaces } from '../../telemetry/gen-ai.ts'
import type { Telemetry } from '../../telemetry/open-telemetry.ts'

/** Opens what sends traces and numbers. `id` is the name of this server. */
export type OpenTelemetry = (server: { id: string; version: string }, log: Log) => Telemetry

/** Undefined where the settings ask for no telemetry. Throws CannotStart where the SDK is not installed. */
export async function loadTelemetry({
  telemetry: settings,
  models,
}: Config): Promise<OpenTelemetry | undefined> {
  if (!settings) return undefined
  // Only here: the SDK takes time and memory, and may not be installed.
  const { openTelemetry } = await import('../../telemetry/open-telemetry.ts').catch((error: unknown) => {
    throw withoutPackages(telemetryPackages, error)
  })
  return ({ id, version }, log) =>
    openTelemetry({
      settings,
      server: {
        'service.version': version,
        'service.instance.id': id,
        'host.name': hostname(),
        'process.pid': process.pid,
      },
      providers: providerPlaces(models.providers ?? []),
      log,
    })
}
