/**
 * A lock for each schema. Servers and commands that use it share the lock, and a move holds it alone. PostgreSQL gives it
 * back when a connection ends, however it ends.
 */
export const presenceLock = (schema: string): string => `threadmill servers ${schema}`

/** The number of that lock, in SQL. `schema` is an expression. */
export const hashOfPresence = (schema: string): string => `hashtext('${presenceLock('')}' || ${schema})`
