import { S3Client } from '@aws-sdk/client-s3'
import { NodeHttpHandler } from '@smithy/node-http-handler'
import type { S3Location } from './files-url.ts'

/** How long a server may be silent while it is asked or read from, in milliseconds. */
export const maxSilenceMs = 15_000
/** The parts of a large content are put together before the server answers, in milliseconds. */
const completionMs = 300_000
const connectMs = 5_000
/** With the first one. */
const attempts = 4
/** Each download holds a connection for as long as its reader takes. */
const maxConnections = 2_000

const handlerOptions = (socketTimeout: number) => ({
  socketTimeout,
  connectionTimeout: connectMs,
  httpAgent: { keepAlive: true, maxSockets: maxConnections },
  httpsAgent: { keepAlive: true, maxSockets: maxConnections },
})

/** Waits longer for the one request that takes long by its nature. */
class PatientHandler extends NodeHttpHandler {
  readonly #patient = new NodeHttpHandler(handlerOptions(completionMs))
  constructor(silenceMs: number) {
    super(handlerOptions(silenceMs))
  }
  override handle(...[request, options]: Parameters<NodeHttpHandler['handle']>) {
    const completes = request.method === 'POST' && request.query['uploadId'] !== undefined
    return completes ? this.#patient.handle(request, options) : super.handle(request, options)
  }
  override destroy(): void {
    this.#patient.destroy()
    super.destroy()
  }
}

/**
 * Credentials come by the usual chain: the environment, the shared files with a profile, web identity, and what containers
 * and machines of a cloud are given. Throttling, 5xx and broken connections are tried again by the client.
 */
export function createS3Client(
  { endpoint, region, pathStyle }: S3Location,
  silenceMs = maxSilenceMs,
): S3Client {
  return new S3Client({
    ...(endpoint !== undefined && { endpoint, region: region ?? regionAround }),
    ...(region !== undefined && { region }),
    forcePathStyle: pathStyle,
    followRegionRedirects: true,
    maxAttempts: attempts,
    // The signature holds the SHA-256 of every body. The newer checksums beside it are refused by some servers.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    // A proxy that does not know it would hold each part back for seconds.
    expectContinueHeader: false,
    requestHandler: new PatientHandler(silenceMs),
  })
}

/** That of the environment or of the profile. Servers of others than Amazon mostly take any, and R2 takes this one. */
async function regionAround(): Promise<string> {
  const client = new S3Client({})
  try {
    return await client.config.region()
  } catch {
    return 'us-east-1'
  } finally {
    client.destroy()
  }
}
