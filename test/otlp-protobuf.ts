/** A field of a message: its name, what it is, and whether there are several. */
type Field = [name: string, type: Scalar | Schema, many?: 'many']
type Scalar = 'string' | 'hex' | 'bool' | 'int' | 'double' | 'fixed64' | 'fixed32'
interface Schema {
  [number: number]: Field
}

const anyValue: Schema = {
  1: ['stringValue', 'string'],
  2: ['boolValue', 'bool'],
  3: ['intValue', 'int'],
  4: ['doubleValue', 'double'],
}
anyValue[5] = ['arrayValue', { 1: ['values', anyValue, 'many'] }]
const attribute: Schema = { 1: ['key', 'string'], 2: ['value', anyValue] }
const resource: Schema = { 1: ['attributes', attribute, 'many'] }
const scope: Schema = { 1: ['name', 'string'], 2: ['version', 'string'] }
const span: Schema = {
  1: ['traceId', 'hex'],
  2: ['spanId', 'hex'],
  3: ['traceState', 'string'],
  4: ['parentSpanId', 'hex'],
  5: ['name', 'string'],
  6: ['kind', 'int'],
  7: ['startTimeUnixNano', 'fixed64'],
  8: ['endTimeUnixNano', 'fixed64'],
  9: ['attributes', attribute, 'many'],
  15: ['status', { 2: ['message', 'string'], 3: ['code', 'int'] }],
  16: ['flags', 'fixed32'],
}
const histogram: Schema = {
  1: [
    'dataPoints',
    { 9: ['attributes', attribute, 'many'], 4: ['count', 'fixed64'], 5: ['sum', 'double'] },
    'many',
  ],
  2: ['aggregationTemporality', 'int'],
}
const metric: Schema = { 1: ['name', 'string'], 3: ['unit', 'string'], 9: ['histogram', histogram] }

/** What of opentelemetry-proto (`collector/trace`, `collector/metrics`) is looked at in tests. */
export const requests = {
  traces: {
    1: [
      'resourceSpans',
      {
        1: ['resource', resource],
        2: ['scopeSpans', { 1: ['scope', scope], 2: ['spans', span, 'many'] }, 'many'],
      },
      'many',
    ],
  },
  metrics: {
    1: [
      'resourceMetrics',
      {
        1: ['resource', resource],
        2: ['scopeMetrics', { 1: ['scope', scope], 2: ['metrics', metric, 'many'] }, 'many'],
      },
      'many',
    ],
  },
} satisfies Record<string, Schema>

/** Reads a message of protobuf. Fields that the schema does not have are passed over. */
export function decode(bytes: Buffer, schema: Schema): Record<string, unknown> {
  const message: Record<string, unknown> = {}
  let at = 0
  const varint = (): bigint => {
    let value = 0n
    for (let shift = 0n; ; shift += 7n) {
      const byte = bytes.readUInt8(at++)
      value |= BigInt(byte & 0x7f) << shift
      if (byte < 0x80) return value
    }
  }
  const take = (length: number) => bytes.subarray(at, (at += length))
  while (at < bytes.length) {
    const key = Number(varint())
    const wire = key & 7
    const value = wire === 0 ? varint() : take(wire === 1 ? 8 : wire === 5 ? 4 : Number(varint()))
    const field = schema[key >> 3]
    if (!field) continue
    const [name, type, many] = field
    const read = typeof type === 'string' ? scalar(type, value) : decode(value as Buffer, type)
    if (many) ((message[name] ??= []) as unknown[]).push(read)
    else message[name] = read
  }
  return message
}

function scalar(type: Scalar, value: bigint | Buffer): unknown {
  if (typeof value === 'bigint') return type === 'bool' ? value === 1n : Number(BigInt.asIntN(64, value))
  if (type === 'string') return value.toString('utf8')
  if (type === 'hex') return value.toString('hex')
  if (type === 'double') return value.readDoubleLE()
  return type === 'fixed32' ? value.readUInt32LE() : String(value.readBigUInt64LE())
}
