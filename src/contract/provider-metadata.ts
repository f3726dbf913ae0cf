/** A provider's own JSON, handed back as it came. */
export type ProviderMetadata = Record<string, Record<string, JsonValue>>
type JsonValue = null | string | number | boolean | JsonValue[] | { [key: string]: JsonValue }
