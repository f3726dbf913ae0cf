import { exact, findMath, plainMath, type Equation } from './expression.ts'
import type { Task } from './task.ts'

/** The equation or the system of equations that a text asks to solve. */
export function equationTask(question: string): Task | undefined {
  const { equations, expressions } = findMath(plainMath(question))
  const [first] = equations
  if (!first) return undefined
  const unknowns = [...new Set(equations.flatMap((equation) => equation.unknowns))].sort()
  const text = equations.map((equation) => equation.text).join(' and ')
  const [wanted] = expressions

  const values = equations.filter(isAssignment)
  if (
    wanted &&
    values.length === equations.length &&
    wanted.unknowns.every((name) => unknowns.includes(name))
  ) {
    const given = values.map(({ left, right }) => `${left.python} = ${right.python}`)
    const program = ['from math import *', ...given, `print(${wanted.python})`].join('\n')
    const answer = (output: string) => `With ${text}, ${wanted.text} is ${firstLine(output)}.`
    return { programs: [program], about: wanted.text, answer }
  }
  if (unknowns.length === 0) {
    const program = `from math import *\nprint(abs((${first.left.python}) - (${first.right.python})) < 1e-9)`
    const answer = (output: string) => `${first.text} is ${/True/.test(output) ? 'true' : 'false'}.`
    return { programs: [program], about: first.text, answer }
  }
  const answer = (output: string) => inWords(text, output)
  const [unknown] = unknowns
  if (unknowns.length === 1 && unknown && equations.length === 1) {
    const programs = [exactly(first, unknown), numerically(first, unknown)]
    return { programs: beyondSquares(first, unknown) ? programs.slice(1) : programs, about: text, answer }
  }
  if (unknowns.length !== equations.length || unknowns.length > 6) return undefined
  return { programs: [linearSystem(equations, unknowns)], about: text, answer }
}

const isAssignment = ({ left, right }: Equation) =>
  left.operations === 0 && left.unknowns.length === 1 && right.unknowns.length === 0

/** Lines such as `x = 2` become one sentence. */
function inWords(text: string, output: string): string {
  const lines = output.split('\n').map((line) => line.trim())
  const solutions = lines.filter((line) => /^[a-z] [=≈] /i.test(line))
  if (solutions.length === 1) return `The solution of ${text} is ${solutions[0]}.`
  const names = new Set(solutions.map((line) => line.charAt(0)))
  const all = `${solutions.slice(0, -1).join(', ')} and ${solutions.at(-1)}`
  if (solutions.length > 1)
    return `The ${names.size > 1 ? 'solution' : 'solutions'} of ${text} ${names.size > 1 ? 'is' : 'are'} ${all}.`
  return `${text} has ${firstLine(output)}.`
}

const firstLine = (output: string) => output.trim().split('\n')[0] ?? ''

const beyondSquares = ({ left, right }: Equation, unknown: string) => {
  const python = `${left.python} ; ${right.python}`
  return /\*\*(?!2\b)|[a-z]{2,}\(/i.test(python) || new RegExp(`/[^;]*${unknown}`).test(python)
}

const difference = ({ left, right }: Equation, write: (python: string) => string) =>
  `(${write(left.python)}) - (${write(right.python)})`

const exactly = (equation: Equation, x: string) => `from fractions import Fraction as F
from math import isqrt

def f(${x}):
    return ${difference(equation, exact)}

# A polynomial up to the second degree is known from three values; two more tell whether it is one.
v = [f(F(n)) for n in range(5)]
a = (v[2] - 2 * v[1] + v[0]) / 2
b = v[1] - v[0] - a
c = v[0]
assert all(a * n * n + b * n + c == v[n] for n in range(5)), 'not of the second degree'

def show(value):
    return str(value) if F(value).denominator == 1 else f'{value} ≈ {float(value):.6g}'

if a == 0 and b == 0:
    print('every number as a solution' if c == 0 else 'no solution')
elif a == 0:
    print('${x} =', show(-c / b))
else:
    d = F(b * b - 4 * a * c)
    root = F(isqrt(abs(d.numerator)), isqrt(d.denominator))
    if d < 0:
        print('no real solution')
    elif root * root == d:
        for value in sorted({(-b - root) / (2 * a), (-b + root) / (2 * a)}):
            print('${x} =', show(value))
    else:
        for sign in (-1, 1):
            print(f'${x} ≈ {float((-b + sign * float(d) ** 0.5) / (2 * a)):.6g}')
`

const numerically = (equation: Equation, x: string) => `from math import *

def f(${x}):
    try:
        value = ${difference(equation, (python) => python)}
        return value if isinstance(value, (int, float)) and isfinite(value) else None
    except (ArithmeticError, ValueError):
        return None

# Look for changes of the sign between -100 and 100, and close in on each of them.
solutions = []
points = [n / 64 for n in range(-6400, 6401)]
for low, high in zip(points, points[1:]):
    at, after = f(low), f(high)
    if at is None or after is None:
        continue
    if at == 0:
        solutions.append(low)
    elif at * after < 0:
        for _ in range(80):
            middle = (low + high) / 2
            value = f(middle)
            if value is None:
                break
            low, high = (low, middle) if value * at <= 0 else (middle, high)
        if abs(f(low) or 0) < 1e-6:
            solutions.append(low)
for value in solutions[:20]:
    near = round(value, 9)
    print('${x} =', int(near)) if near == int(near) and f(int(near)) == 0 else print(f'${x} ≈ {value:.6g}')
if not solutions:
    print('no solution between -100 and 100')
`

const linearSystem = (equations: Equation[], unknowns: string[]) => `from fractions import Fraction as F

def f(${unknowns.join(', ')}):
    return [${equations.map((equation) => difference(equation, exact)).join(', ')}]

n = ${unknowns.length}
zero = f(*[F(0)] * n)
columns = [[v - z for v, z in zip(f(*[F(int(i == j)) for i in range(n)]), zero)] for j in range(n)]
rows = [[columns[j][i] for j in range(n)] + [-zero[i]] for i in range(n)]
probe = [F(j + 2) for j in range(n)]
assert all(sum(r * p for r, p in zip(row, probe)) == v - z for row, v, z in zip(rows, f(*probe), zero)), 'not linear'

for i in range(n):
    pivot = next((k for k in range(i, n) if rows[k][i] != 0), None)
    if pivot is None:
        print('no single solution')
        break
    rows[i], rows[pivot] = rows[pivot], rows[i]
    rows[i] = [v / F(rows[i][i]) for v in rows[i]]
    for k in range(n):
        if k != i:
            rows[k] = [v - rows[k][i] * w for v, w in zip(rows[k], rows[i])]
else:
    for name, row in zip(${JSON.stringify(unknowns)}, rows):
        print(name, '=', row[n])
`
