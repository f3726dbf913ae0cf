/** JSON of a provider, which is sent back to it unchanged. */
export type ProviderMetadata = Record<string, Record<string, JsonValue>>
type JsonValue = null | string | number | boolean | JsonValue[] | { [key: string]: JsonValue }
