import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readPng } from '../../../test/png.ts'
import type { KernelOutput } from '../sandbox.ts'
import { error, png, result, shown, status, text, type Pair } from './pair.test.ts'

const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="20" height="10"><rect width="20" height="10" fill="#ff0000"/></svg>`
/** A JPEG of three by two pixels, grey and red. */
const jpeg =
  '/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAP//////////////////////////////////////////////////////////////////////////////////////wAALCAACAAMBAREA/8QAFAABAAAAAAAAAAAAAAAAAAAAAv/EABQQAQAAAAAAAAAAAAAAAAAAAAD/2gAIAQEAAD8AT//Z'
const gif = 'R0lGODdhAwACAIEAAP8AAAAAAAAAAAAAACwAAAAAAwACAAAIBgABCBwYEAA7'

/** Rich display: every picture becomes a PNG, or a text that says why it cannot be shown. */
export function richDisplayBehaves({ run }: Pair): void {
  const isThere = async (...modules: string[]) => {
    const find = `import importlib.util\nany(importlib.util.find_spec(name) for name in ${JSON.stringify(modules)})`
    return result(await run(find)) === 'True'
  }
  /** The one picture that was shown, or the text that was shown instead. */
  const picture = (outputs: KernelOutput[]) => {
    assert.equal(status(outputs), 'ok', JSON.stringify(error(outputs)))
    const [base64] = shown(outputs).flatMap(([, base64]) => base64 ?? [])
    return base64 === undefined ? text(outputs) : readPng(Buffer.from(base64, 'base64'))
  }
  const said = (outputs: KernelOutput[]) => {
    const found = picture(outputs)
    return typeof found === 'string' ? found : 'a picture'
  }
  const sizeOf = (outputs: KernelOutput[]) => {
    const found = picture(outputs)
    return typeof found === 'string' ? found : `${found.width} x ${found.height}`
  }
  const pillow = (size: string, kind: string) => async () =>
    (await isThere('PIL'))
      ? size
      : `[a picture could not be shown: ${kind}: this Python has no Pillow, which could make a PNG of it]\n`

  test('an SVG becomes a PNG, or the model is told that it could not be shown', async () => {
    const drawn = `class Drawing:\n    def _repr_svg_(self): return ${JSON.stringify(svg)}\nDrawing()`
    const converts = await isThere('cairosvg', 'resvg_py')
    const outputs = await run(drawn)
    if (!converts) assert.match(said(outputs), /a picture could not be shown: image\/svg\+xml: .*matplotlib/)
    else {
      const found = picture(outputs)
      assert.ok(typeof found === 'object')
      assert.deepEqual([found.width, found.height, [...found.colours]], [20, 10, ['ff0000ff']])
    }
    assert.ok(JSON.stringify(outputs).includes('image/svg+xml'), 'the source is there as well')

    const hidden = `import os, sys
kept = {name: sys.modules.pop(name, None) for name in ("cairosvg", "resvg_py")}
for name in kept: sys.modules[name] = None
path, os.environ["PATH"] = os.environ.get("PATH", ""), ""
Drawing()`
    const without = await run(hidden)
    assert.match(
      said(without),
      /this Python has nothing that could make a PNG of it; draw it with matplotlib/,
    )
    await run(
      'for name, module in kept.items():\n    del sys.modules[name]\n    if module: sys.modules[name] = module\nos.environ["PATH"] = path',
    )
  })

  test('an SVG is shown as a PNG where something converts it', async () => {
    // This module takes the place of resvg, which `python setup` installs.
    const outputs = await run(`
import base64, sys, types
kept = sys.modules.get('resvg_py')
sys.modules['resvg_py'] = types.ModuleType('resvg_py')
sys.modules['resvg_py'].svg_to_bytes = lambda svg_string, **_: base64.b64decode(${JSON.stringify(png)}) if svg_string == '<svg/>' else b''
class Drawing:
    def _repr_svg_(self): return '<svg/>'
Drawing()`)
    assert.deepEqual(shown(outputs), [['result', png]])
    await run("del sys.modules['resvg_py']\nif kept: sys.modules['resvg_py'] = kept")
  })

  test('a broken SVG is told, and harms nothing', async () => {
    const outputs = await run(
      'class Broken:\n    def _repr_svg_(self): return "<svg"\n    def __repr__(self): return "B"\nBroken()',
    )
    assert.match(said(outputs), /a picture could not be shown: image\/svg\+xml/)
    assert.equal(result(outputs), 'B')
  })

  test('a JPEG and a GIF become a PNG', async () => {
    const bytes = (base64: string) =>
      `import base64\nfrom IPython.display import Image\nImage(base64.b64decode("${base64}"))`
    assert.equal(sizeOf(await run(bytes(jpeg))), await pillow('3 x 2', 'image/jpeg')())
    const repr = `class Photo:\n    def _repr_jpeg_(self): return base64.b64decode("${jpeg}")\nPhoto()`
    assert.equal(sizeOf(await run(repr)), await pillow('3 x 2', 'image/jpeg')())
    if (await isThere('PIL'))
      assert.equal(
        sizeOf(await run(`${bytes(gif)}\nImage(base64.b64decode("${gif}"), format="gif")`)),
        '3 x 2',
      )
  })

  test('a picture that was saved is shown from its file', async () => {
    const outputs = await run(
      `import base64\nfrom IPython.display import Image, display\nopen("saved.png", "wb").write(base64.b64decode("${png}"))\ndisplay(Image("saved.png"), Image(filename="saved.png"));`,
    )
    assert.deepEqual(
      shown(outputs).filter(([, picture]) => picture),
      [
        ['display', png],
        ['display', png],
      ],
    )
  })

  test('what IPython.display makes of text is text', async () => {
    const html = '<table><tr><th>city</th><th>n</th></tr><tr><td>Rome</td><td>12</td></tr></table>'
    const outputs =
      await run(`from IPython.display import HTML, JSON, Latex, Markdown, Math, clear_output, display
display(HTML("${html}"))
display(Markdown("**bold**"))
clear_output(wait=True)
display({"text/plain": "raw"}, raw=True)
Latex("$x^2$")`)
    assert.equal(error(outputs), undefined)
    const texts = outputs.flatMap((output) =>
      output.type === 'display' || output.type === 'result' ? (output.data['text/plain'] ?? []) : [],
    )
    assert.deepEqual(texts, ['city   n\nRome  12', '**bold**', 'raw', '$x^2$'])
  })

  test('what only a browser could show is said to be nothing that can be shown', async () => {
    const outputs = await run(
      'from IPython.display import HTML, display\ndisplay(HTML("<script>draw()</script>"), {"application/x-chart+json": "{}"}, raw=False)\ndisplay({"application/x-chart+json": "{}"}, raw=True)',
    )
    const texts = outputs.flatMap((output) =>
      output.type === 'display' ? (output.data['text/plain'] ?? []) : [],
    )
    assert.match(texts.at(-1) ?? '', /^\[application\/x-chart\+json cannot be shown here/)
  })
}
