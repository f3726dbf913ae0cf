import { link } from './files.ts'

/** Kinds of charts that the demo draws. */
export const chartKinds = ['bar', 'pie', 'line', 'scatter', 'histogram'] as const
export type ChartKind = (typeof chartKinds)[number]

/** The text of an answer with a chart. */
export const chartTold = (kind: ChartKind) => `Here is the ${kind} chart: ${link('chart.png')}`

/**
 * Programs that draw `labels` and `values`, which the Python code in `data` defines: one with matplotlib and one
 * without.
 */
export const chartPrograms = (data: string, kind: ChartKind) => [
  data + withMatplotlib(kind),
  data + byHand(kind),
]

/**
 * Programs that draw a curve through `xs` and `ys`, which the Python code in `data` defines: one with matplotlib and
 * one without.
 */
export const curvePrograms = (data: string, title: string) => [
  data + curveWithMatplotlib(title),
  data + curveByHand,
]

const withMatplotlib = (kind: ChartKind) => `import matplotlib.pyplot as plt

${
  {
    bar: 'plt.bar(labels, values)',
    pie: "plt.pie(values, labels=labels, autopct='%1.0f%%')",
    line: "plt.plot(labels, values, marker='o')",
    scatter: 'plt.scatter(labels, values)',
    histogram: 'plt.hist(values)',
  }[kind]
}
plt.savefig('/mnt/data/chart.png')
plt.show()
`

const curveWithMatplotlib = (title: string) => `import matplotlib.pyplot as plt

plt.plot(xs, ys)
plt.title(${JSON.stringify(title)})
plt.grid(True)
plt.savefig('/mnt/data/plot.png')
plt.show()
`

const canvas = `import struct, zlib
from math import *

# A picture without matplotlib, written as PNG by hand.
width, height = 601, 401
pixels = [bytearray(b'\\xff' * width * 3) for _ in range(height)]

def dot(x, y, colour):
    if 0 <= x < width and 0 <= y < height:
        pixels[y][3 * x:3 * x + 3] = bytes(colour)

def fill(x0, x1, y0, y1, colour):
    for x in range(round(x0), round(x1)):
        for y in range(round(y0), round(y1)):
            dot(x, y, colour)

def line(x0, y0, x1, y1, colour):
    steps = max(1, round(max(abs(x1 - x0), abs(y1 - y0))))
    for n in range(steps + 1):
        x, y = round(x0 + (x1 - x0) * n / steps), round(y0 + (y1 - y0) * n / steps)
        for around in (0, 1):
            dot(x, y + around, colour)

def save(path):
    def part(kind, data):
        return struct.pack('>I', len(data)) + kind + data + struct.pack('>I', zlib.crc32(kind + data))
    with open(path, 'wb') as file:
        file.write(b'\\x89PNG\\r\\n\\x1a\\n' + part(b'IHDR', struct.pack('>2I5B', width, height, 8, 2, 0, 0, 0)))
        file.write(part(b'IDAT', zlib.compress(b''.join(b'\\0' + bytes(line) for line in pixels))) + part(b'IEND', b''))
    print('wrote', path)
    try:
        from IPython.display import Image, display
        display(Image(path))
    except ImportError:
        pass

`

const byHand = (
  kind: ChartKind,
) => `${canvas}colours = [(31, 119, 180), (255, 127, 14), (44, 160, 44), (214, 39, 40), (148, 103, 189), (140, 86, 75)]
${{ pie: pie, bar: bars, line: joined(true), scatter: joined(false), histogram: counts + bars }[kind]}save('/mnt/data/chart.png')
`

const bars = `low, high = min(0, *values), max(0, *values)
row = lambda y: round((high - y) / ((high - low) or 1) * (height - 21)) + 10
step = width / len(values)
for n, value in enumerate(values):
    top, bottom = sorted((row(value), row(0)))
    fill((n + 0.1) * step, (n + 0.9) * step, top, bottom + 1, colours[0])
fill(0, width, row(0), row(0) + 1, (160, 160, 160))
`

const counts = `low, high = min(values), max(values)
bins = [0] * 10
for value in values:
    bins[min(9, int((value - low) / ((high - low) or 1) * 10))] += 1
values = bins
`

const joined = (lines: boolean) => `low, high = min(0, *values), max(0, *values)
row = lambda y: round((high - y) / ((high - low) or 1) * (height - 21)) + 10
step = width / len(values)
places = [((n + 0.5) * step, row(value)) for n, value in enumerate(values)]
fill(0, width, row(0), row(0) + 1, (160, 160, 160))
${lines ? 'for (x, y), (x1, y1) in zip(places, places[1:]):\n    line(x, y, x1, y1, colours[0])\n' : ''}for x, y in places:
    fill(x - 3, x + 4, y - 3, y + 4, colours[0])
`

const pie = `shares = [max(0, value) / (sum(max(0, value) for value in values) or 1) for value in values]
borders = [sum(shares[:n + 1]) for n in range(len(shares))]
radius = height / 2 - 10
last = len(shares) - 1
for y in range(0, height - 1, 2):
    for x in range(0, width - 1, 2):
        dx, dy = x - width / 2, y - height / 2
        if dx * dx + dy * dy <= radius * radius:
            turn = atan2(dx, -dy) / tau % 1
            n = next((n for n, border in enumerate(borders) if turn < border), last)
            # The last share lies beside the first, so it takes another colour.
            colour = bytes(colours[1 if n == last and n and n % len(colours) == 0 else n % len(colours)]) * 2
            pixels[y][3 * x:3 * x + 6] = pixels[y + 1][3 * x:3 * x + 6] = colour
`

const curveByHand = `${canvas}known = [y for y in ys if isfinite(y)] or [0]
low, high = min(known), max(known)
if low == high:
    low, high = low - 1, high + 1
row = lambda y: round((high - y) / (high - low) * (height - 1))
for x in range(width):
    dot(x, row(0) if low <= 0 <= high else height - 1, (160, 160, 160))
zero = round(-xs[0] / (xs[-1] - xs[0]) * (width - 1))
for y in range(height):
    dot(zero if 0 <= zero < width else 0, y, (160, 160, 160))
for x, (y, after) in enumerate(zip(ys, ys[1:])):
    if isfinite(y) and isfinite(after):
        start, end = sorted((row(y), row(after)))
        for at in range(start, min(end, start + height) + 1):
            dot(x, at, (31, 119, 180))
save('/mnt/data/plot.png')
`
