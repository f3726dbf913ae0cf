import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import {
  isBinaryExpression,
  isCallExpression,
  isArrowFunction,
  isConditionalExpression,
  isFunctionDeclaration,
  isIdentifier,
  isNumericLiteral,
  isObjectLiteralExpression,
  isParameterDeclaration,
  isPropertyAccessExpression,
  isPropertyAssignment,
  isSpreadAssignment,
  isStringLiteral,
  isNoSubstitutionTemplateLiteral,
  isTemplateExpression,
  isVariableDeclaration,
} from 'typescript/unstable/ast/is'
import type {
  CallExpression,
  Expression,
  Node,
  ObjectLiteralExpression,
  ParameterDeclaration,
  SourceFile,
} from 'typescript/unstable/ast'
import { API, type Checker, type Symbol, type Type } from 'typescript/unstable/sync'

/** A statement in the sources, and the type of its rows. */
export interface ReadStatement {
  /** An example: `src/store/runs.ts:12`. */
  where: string
  sql: string
  /** The fields of the row, by name. */
  fields: Map<string, Field>
}

export interface Field {
  /** The types of values that a database returns. */
  types: Set<'string' | 'number' | 'bytes' | 'something else'>
  nullable: boolean
}

const root = fileURLToPath(new URL('../..', import.meta.url))

/**
 * Finds every statement that is passed to `get`, `all` or `claim` of a database, with the type of its rows. The text is
 * built as the program does it: from constants, from the arguments of the callers, and from each word that a parameter
 * may be. A part that is known only at run time becomes `1`, which is valid both as a condition and as a value.
 */
export function readStatements(): ReadStatement[] {
  const api = new API({ cwd: root })
  try {
    const [project] = api.updateSnapshot({ openProjects: [`${root}tsconfig.json`] }).getProjects()
    if (!project) throw new Error('no project')
    const files = readdirSync(`${root}src`, { recursive: true, encoding: 'utf8' })
      // Statements for PostgreSQL alone are left out, because SQLite does not understand them.
      .filter((path) => path.endsWith('.ts') && !/\.test\.ts$|postgres/.test(path))
      .flatMap((path) => project.program.getSourceFile(`${root}src/${path}`) ?? [])
    return new StatementReader(project.checker, files).statements()
  } finally {
    api.close()
  }
}

/** The call by which each function was reached, by the name of the function. */
type Path = ReadonlyMap<string, CallExpression>

/** Thrown when the callers of the function must be known to continue. */
class CallerWanted extends Error {
  readonly called: string
  constructor(called: string) {
    super(`who calls ${called}?`)
    this.called = called
  }
}

class StatementReader {
  #checker: Checker
  #calls: { call: CallExpression; file: SourceFile }[] = []

  constructor(checker: Checker, files: SourceFile[]) {
    this.#checker = checker
    const visit = (node: Node, file: SourceFile): void => {
      if (isCallExpression(node)) this.#calls.push({ call: node, file })
      node.forEachChild((child) => visit(child, file))
    }
    for (const file of files) visit(file, file)
  }

  statements(): ReadStatement[] {
    const found: ReadStatement[] = []
    for (const { call, file } of this.#calls) {
      if (!this.#isRead(call)) continue
      const [rowType] = call.typeArguments ?? []
      const [sql] = call.arguments
      // This is a database that passes a statement on to its connection.
      if (!sql || (isIdentifier(sql) && sql.text === 'sql')) continue
      const where = `${file.fileName.slice(root.length)}:${lineOf(file, call)}`
      if (!rowType) {
        const given = this.#checker.typeToString(this.#typeOf(call))
        if (!given.includes('unknown')) throw new Error(`${where}: the type of the row is not named`)
        continue
      }
      const type = this.#checker.getTypeFromTypeNode(rowType)
      if (!type) throw new Error(`${where}: what is the type of the row?`)
      const read = (path: Path) => {
        const fields = this.#fields(this.#rowType(call, type, path))
        return this.#texts(sql, path).map((text) => ({ where, sql: text, fields }))
      }
      found.push(...this.#alongPaths(read, new Map()))
    }
    return distinct(found)
  }

  /** Whether the call is one of the methods that read from a database. */
  #isRead({ expression }: CallExpression): boolean {
    if (!isPropertyAccessExpression(expression) || !reads.includes(expression.name.text)) return false
    return this.#checker.typeToString(this.#typeOf(expression)).startsWith('<Row>(sql: string')
  }

  /** Reads something inside functions. When it depends on their callers, it is read once for each caller. */
  #alongPaths<T>(read: (path: Path) => T[], path: Path): T[] {
    try {
      return read(path)
    } catch (error) {
      if (!(error instanceof CallerWanted)) throw error
      const callers = this.#callersOf(error.called)
      return callers.flatMap((caller) => this.#alongPaths(read, new Map([...path, [error.called, caller]])))
    }
  }

  #callersOf = (name: string) =>
    this.#calls.flatMap(({ call }) =>
      isIdentifier(call.expression) && call.expression.text === name ? [call] : [],
    )

  /** The type of the rows. When it is a type parameter of the function, it is the type that the caller gives. */
  #rowType(call: CallExpression, type: Type, path: Path): Type {
    if (!type.isTypeParameter()) return type
    const { name } = enclosingFunction(call)
    const caller = path.get(name)
    if (!caller) throw new CallerWanted(name)
    const [given] = caller.typeArguments ?? []
    const found = given && this.#checker.getTypeFromTypeNode(given)
    if (!found) throw new Error(`${name} is called without the type of its rows`)
    // The caller may have the type from its own callers.
    return this.#rowType(caller, found, path)
  }

  /** The texts that an expression may have. */
  #texts(given: Expression, path: Path): string[] {
    return this.#values(given, path).flatMap((node) => {
      if (isStringLiteral(node) || isNoSubstitutionTemplateLiteral(node) || isNumericLiteral(node))
        return [node.text]
      if (isTemplateExpression(node))
        return node.templateSpans.reduce(
          (texts, { expression, literal }) =>
            product(texts, this.#texts(expression, path)).map((text) => text + literal.text),
          [node.head.text],
        )
      if (isBinaryExpression(node))
        return product(this.#texts(node.left, path), this.#texts(node.right, path))
      return this.#words(node) ?? [unknownValue]
    })
  }

  /**
   * The expressions that an expression may stand for. Names and properties are resolved, and a condition gives both its
   * sides.
   */
  #values(node: Expression, path: Path): Expression[] {
    if (isConditionalExpression(node))
      return [...this.#values(node.whenTrue, path), ...this.#values(node.whenFalse, path)]
    if (isPropertyAccessExpression(node)) {
      const objects = this.#values(node.expression, path).filter(isObjectLiteralExpression)
      return objects.length === 0
        ? [node]
        : objects.flatMap((one) => this.#property(one, node.name.text, path))
    }
    if (!isIdentifier(node) || this.#words(node)) return [node]
    const symbol = this.#checker.getSymbolAtLocation(node)
    const declared = symbol && this.#declarationOf(symbol)
    if (declared && isVariableDeclaration(declared))
      return declared.initializer ? this.#values(declared.initializer, path) : [node]
    if (!declared || !isParameterDeclaration(declared)) return [node]
    const { name, parameters } = enclosingFunction(declared)
    const place = parameters.findIndex((one) => one.name.getText() === node.text)
    if (this.#callersOf(name).length === 0 || place < 0) return [node]
    const caller = path.get(name)
    if (!caller) throw new CallerWanted(name)
    const value = caller.arguments[place] ?? declared.initializer
    return value ? this.#values(value, path) : []
  }

  /** Empty when the object does not have the property. Then the statement is not made. */
  #property(object: ObjectLiteralExpression, name: string, path: Path): Expression[] {
    for (const one of object.properties.toReversed()) {
      if (isPropertyAssignment(one) && one.name.getText() === name) return this.#values(one.initializer, path)
      if (!isSpreadAssignment(one)) continue
      const spread = this.#values(one.expression, path).filter(isObjectLiteralExpression)
      const found = spread.flatMap((other) => this.#property(other, name, path))
      if (found.length > 0) return found
    }
    return []
  }

  /** The words, when the type of a variable allows only certain words. */
  #words(node: Expression): string[] | undefined {
    const type = this.#typeOf(node)
    const types = type.isUnionType() ? (type.getTypes() ?? []) : [type]
    return types.every((one) => one.isStringLiteralType())
      ? types.map((one) => String((one as { value?: unknown }).value))
      : undefined
  }

  #declarationOf(symbol: Symbol): Node | undefined {
    const whole = symbol.valueDeclaration ? symbol : this.#checker.getAliasedSymbol(symbol)
    return whole.valueDeclaration?.resolve()
  }

  #fields(type: Type): Map<string, Field> {
    const properties = this.#checker.getPropertiesOfType(type)
    return new Map(properties.map((one) => [one.name, this.#field(this.#checker.getTypeOfSymbol(one))]))
  }

  #field(type: Type | undefined): Field {
    const parts = type?.isUnionType() ? (type.getTypes() ?? []) : type ? [type] : []
    const field: Field = { types: new Set(), nullable: false }
    for (const part of parts) {
      const name = this.#checker.typeToString(this.#checker.getBaseTypeOfLiteralType(part) ?? part)
      if (name === 'null') field.nullable = true
      else if (name === 'string' || name === 'number') field.types.add(name)
      else field.types.add(name.startsWith('Uint8Array') ? 'bytes' : 'something else')
    }
    return field
  }

  #typeOf(node: Node): Type {
    const type = this.#checker.getTypeAtLocation(node)
    if (!type) throw new Error('an expression without a type')
    return type
  }
}

const reads = ['get', 'all', 'claim']

const unknownValue = '1'

/** Removes duplicates, because most callers lead to the same statement. */
const distinct = (found: ReadStatement[]) => [
  ...new Map(
    found.map((one) => [JSON.stringify([one.where, one.sql, [...one.fields.keys()]]), one]),
  ).values(),
]

const product = (left: string[], right: string[]) => left.flatMap((one) => right.map((other) => one + other))

/** Finds the named function that contains a node. Returns its name and its parameters. */
function enclosingFunction(node: Node): { name: string; parameters: readonly ParameterDeclaration[] } {
  for (let around = node.parent; around; around = around.parent) {
    if (isFunctionDeclaration(around) && around.name)
      return { name: around.name.text, parameters: around.parameters }
    if (!isVariableDeclaration(around) || !around.initializer || !isArrowFunction(around.initializer))
      continue
    return { name: around.name.getText(), parameters: around.initializer.parameters }
  }
  return { name: '', parameters: [] }
}

function lineOf(file: SourceFile, node: Node): number {
  return file.text.slice(0, node.getStart()).split('\n').length
}
