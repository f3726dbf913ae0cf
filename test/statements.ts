import { DatabaseSync, StatementSync } from 'node:sqlite'

/** What the store has asked of the database, and how many rows it was answered with. */
export interface Asked {
  text: string
  rows: number
}

/**
 * Counts what the store asks of the database from now on, without what only groups it. Each of them is a way to the server
 * and back where the database is not in this process.
 */
export function countStatements() {
  // oxlint-disable-next-line typescript/unbound-method -- it is called with its own `this`
  const { prepare } = DatabaseSync.prototype
  const texts = new WeakMap<StatementSync, string>()
  const methods = ['get', 'all', 'run'] as const
  const own = methods.map((name) => [name, StatementSync.prototype[name]] as const)
  let seen: Asked[] = []
  DatabaseSync.prototype.prepare = function (sql, ...more) {
    const statement = prepare.call(this, sql, ...more)
    texts.set(statement, sql)
    return statement
  }
  for (const [name, method] of own) {
    StatementSync.prototype[name] = function (this: StatementSync, ...values: never[]) {
      const text = texts.get(this) ?? ''
      const answer = (method as (...given: never[]) => unknown).apply(this, values)
      const rows = Array.isArray(answer) ? answer.length : name === 'get' && answer ? 1 : 0
      if (!/^(savepoint|release|rollback|begin|commit)\b/.test(text)) seen.push({ text, rows })
      return answer
    } as never
  }
  return {
    /** Those since the last call. */
    take() {
      const taken = seen
      seen = []
      return taken
    },
    [Symbol.dispose]() {
      DatabaseSync.prototype.prepare = prepare
      for (const [name, method] of own) StatementSync.prototype[name] = method as never
    },
  }
}
