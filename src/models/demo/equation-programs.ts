import { exact, type Equation } from './expression.ts'

const difference = ({ left, right }: Equation, write: (python: string) => string) =>
  `(${write(left.python)}) - (${write(right.python)})`

export const exactly = (equation: Equation, x: string) => `from fractions import Fraction as F
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

export const numerically = (equation: Equation, x: string) => `from math import *

def sides(${x}):
    try:
        left, right = float(${equation.left.python}), float(${equation.right.python})
        return (left - right, max(1, abs(left), abs(right))) if isfinite(left - right) else None
    except (ArithmeticError, ValueError, TypeError):
        return None

def f(${x}):
    found = sides(${x})
    return found and found[0] / found[1]

def solves(${x}):
    return f(${x}) is not None and abs(f(${x})) < 1e-9

def halve(low, high):
    sign = f(low)
    for _ in range(50):
        middle = (low + high) / 2
        value = f(middle)
        if value is None:
            break
        low, high = (low, middle) if value * sign <= 0 else (middle, high)
    return low if solves(low) else high

def sink(low, high):
    for _ in range(60):
        a, b = low + (high - low) / 3, high - (high - low) / 3
        if f(a) is None or f(b) is None:
            break
        low, high = (low, b) if abs(f(a)) < abs(f(b)) else (a, high)
    return (low + high) / 2

# Look between -100 and 100, and beyond in growing steps, for changes of the sign and for places that only touch zero.
far = [100 * 1.1 ** n for n in range(1, 200)]
points = [-x for x in reversed(far)] + [n / 16 for n in range(-1600, 1601)] + far
values = [f(x) for x in points]
found = [x for x, value in zip(points, values) if value == 0]
for n in range(len(points) - 1):
    at, after = values[n], values[n + 1]
    if at and after and at * after < 0:
        found.append(halve(points[n], points[n + 1]))
    before = values[n - 1] if n else None
    if None not in (before, at, after) and at and 0.1 > abs(at) <= min(abs(before), abs(after)):
        found.append(sink(points[n - 1], points[n + 1]))

solutions = []
for value in sorted(filter(solves, found), key=lambda x: (abs(x), -x)):
    near = round(value, 6)
    value = near if solves(near) else value
    if all(abs(value - other) > 1e-5 * max(1, abs(value)) for other in solutions):
        solutions.append(value)
inside = [x for x in solutions if abs(x) <= 100]
if len(inside) > 300:
    print('more solutions than can be listed, or every number as one')
else:
    for value in sorted(solutions[:6]):
        print('${x} =', int(value)) if value == int(value) else print(f'${x} ≈ {value:.6g}')
    if len(solutions) > 6:
        print('of', len(inside), 'between -100 and 100')
    if not solutions:
        print('no real solution that I can find')
`

export const linearSystem = (
  equations: Equation[],
  unknowns: string[],
) => `from fractions import Fraction as F

def f(${unknowns.join(', ')}):
    return [${equations.map((equation) => difference(equation, exact)).join(', ')}]

n = ${unknowns.length}
zero = f(*[F(0)] * n)
columns = [[v - z for v, z in zip(f(*[F(int(i == j)) for i in range(n)]), zero)] for j in range(n)]
rows = [[columns[j][i] for j in range(n)] + [-zero[i]] for i in range(n)]
probe = [F(j + 2) for j in range(n)]
linear = all(sum(r * p for r, p in zip(row, probe)) == v - z for row, v, z in zip(rows, f(*probe), zero))

for i in range(n if linear else 0):
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
        print(name, '=', row[n]) if linear else print('not linear')
`
