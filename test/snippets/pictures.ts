import type { Snippet } from './snippet.ts'

const chart = { needs: ['matplotlib'], pictures: 1, without: /<Figure|<Axes/ }

/** Charts and images. */
export const pictures: Snippet[] = [
  {
    name: 'plt.plot and plt.show',
    code: 'import matplotlib.pyplot as plt\nplt.plot([1, 2, 4])\nplt.title("Growth")\nplt.show()',
    ...chart,
  },
  {
    name: 'a chart without plt.show',
    code: 'import matplotlib.pyplot as plt\nplt.bar(["a", "b"], [1, 2]);',
    ...chart,
  },
  {
    name: 'two figures',
    code: 'import matplotlib.pyplot as plt\nfor n in (1, 2):\n    plt.figure(); plt.plot([n, 2]); plt.show()',
    ...chart,
    pictures: 2,
  },
  {
    name: 'subplots with a legend',
    code: 'import matplotlib.pyplot as plt\nfig, axes = plt.subplots(1, 2, figsize=(6, 3))\naxes[0].plot([1, 2], label="a"); axes[0].legend(); axes[1].pie([1, 3], labels=["x", "y"])\nplt.tight_layout(); plt.show()',
    ...chart,
  },
  {
    name: 'savefig and show',
    code: 'import matplotlib.pyplot as plt\nplt.scatter([1, 2], [2, 1]); plt.savefig("scatter.png", dpi=120); plt.show()',
    ...chart,
    files: ['scatter.png'],
  },
  {
    name: 'savefig as PDF and SVG',
    code: 'import matplotlib.pyplot as plt\nfig, ax = plt.subplots(); ax.plot([1, 2])\nfig.savefig("chart.pdf"); fig.savefig("chart.svg"); plt.close(fig)',
    needs: ['matplotlib'],
    pictures: 0,
    files: ['chart.pdf', 'chart.svg'],
  },
  {
    name: 'matplotlib.use("Agg")',
    code: 'import matplotlib\nmatplotlib.use("Agg")\nimport matplotlib.pyplot as plt\nplt.plot([3, 1]); plt.show()',
    needs: ['matplotlib'],
    pictures: 1,
  },
  {
    name: 'a histogram of numpy numbers',
    code: 'import numpy as np, matplotlib.pyplot as plt\nplt.hist(np.random.default_rng(0).normal(size=500), bins=20)\nplt.show()',
    ...chart,
  },
  {
    name: 'a 3D surface',
    code: 'import numpy as np, matplotlib.pyplot as plt\nx, y = np.meshgrid(range(5), range(5))\nplt.figure().add_subplot(projection="3d").plot_surface(x, y, x * y)\nplt.show()',
    ...chart,
  },
  {
    name: 'mathematical text',
    code: 'import matplotlib.pyplot as plt\nplt.plot([1, 2]); plt.title(r"$\\int_0^1 x^2\\,dx$"); plt.show()',
    ...chart,
  },
  {
    name: 'Chinese and Japanese titles',
    code: 'import matplotlib.pyplot as plt\nplt.plot([1, 2]); plt.title("销售额 売上"); plt.show()',
    ...chart,
  },
  {
    name: 'a style and a colour map',
    code: 'import matplotlib.pyplot as plt\nplt.style.use("ggplot")\nplt.imshow([[1, 2], [3, 4]], cmap="viridis"); plt.colorbar(); plt.show()\nplt.style.use("default")',
    ...chart,
  },
  {
    name: 'an animation saved as GIF',
    code: 'import matplotlib.pyplot as plt\nfrom matplotlib.animation import FuncAnimation\nfig, ax = plt.subplots(figsize=(2, 2)); line, = ax.plot([0, 1], [0, 1])\nFuncAnimation(fig, lambda i: line.set_data([0, 1], [0, i]), frames=3).save("moves.gif", writer="pillow"); plt.close(fig)',
    needs: ['matplotlib', 'PIL'],
    pictures: 0,
    files: ['moves.gif'],
  },
  {
    name: 'a chart by pandas',
    code: 'import pandas as pd, matplotlib.pyplot as plt\npd.DataFrame({"a": [1, 3]}).plot(kind="bar")\nplt.show()',
    needs: ['pandas', 'matplotlib'],
    pictures: 1,
  },
  {
    name: 'seaborn',
    code: 'import seaborn as sns, pandas as pd, matplotlib.pyplot as plt\nsns.barplot(data=pd.DataFrame({"x": ["a", "b"], "y": [1, 2]}), x="x", y="y")\nplt.show()',
    needs: ['seaborn'],
    pictures: 1,
  },
  {
    name: 'a heat map',
    code: 'import seaborn as sns, matplotlib.pyplot as plt\nsns.heatmap([[1, 2], [3, 4]], annot=True)\nplt.show()',
    needs: ['seaborn'],
    pictures: 1,
  },
  {
    name: 'plotly fig.show',
    code: 'import plotly.express as px\npx.bar(x=["a", "b"], y=[1, 2]).show()',
    needs: ['plotly', 'nbformat'],
    text: /a plotly figure \(bar\), saved as \/mnt\/data\/plotly-\d+\.html/,
    pictures: 0,
  },
  {
    name: 'a plotly figure as a value',
    code: 'import plotly.graph_objects as go\ngo.Figure(go.Scatter(x=[1, 2], y=[3, 4]))',
    needs: ['plotly', 'nbformat'],
    text: /a plotly figure \(scatter\), saved as/,
    pictures: 0,
  },
  {
    name: 'plotly write_html',
    code: 'import plotly.express as px\npx.line(x=[1, 2], y=[3, 4]).write_html("line.html")',
    needs: ['plotly'],
    files: ['line.html'],
  },
  {
    name: 'a plotly picture, refused in words',
    code: 'import plotly.express as px\npx.line(x=[1, 2], y=[3, 4]).write_image("line.png")',
    needs: ['plotly'],
    error: /[Kk]aleido/,
  },
  {
    name: 'networkx draws',
    code: 'import networkx as nx, matplotlib.pyplot as plt\nnx.draw(nx.path_graph(4), with_labels=True)\nplt.show()',
    needs: ['networkx', 'matplotlib'],
    pictures: 1,
  },
  {
    name: 'wordcloud',
    code: 'from wordcloud import WordCloud\nimport matplotlib.pyplot as plt\nplt.imshow(WordCloud(width=200, height=100).generate("red green green blue")); plt.axis("off"); plt.show()',
    needs: ['wordcloud', 'matplotlib'],
    pictures: 1,
  },
  {
    name: 'sympy plots',
    code: 'from sympy import symbols, plot\nx = symbols("x")\nplot(x**2, (x, -1, 1));',
    needs: ['sympy', 'matplotlib'],
    pictures: 1,
  },
  {
    name: 'sympy with init_printing, shown as a picture too',
    code: 'import sympy\nsympy.init_printing()\nsympy.sqrt(8)',
    needs: ['sympy'],
    text: /2/,
  },
  {
    name: 'an image made by Pillow, as a value',
    code: 'from PIL import Image, ImageDraw\nim = Image.new("RGB", (40, 20), "white"); ImageDraw.Draw(im).line((0, 0, 40, 20), fill="red")\nim.save("line.png"); im',
    needs: ['PIL'],
    pictures: 1,
    files: ['line.png'],
  },
  {
    name: 'an image resized and turned',
    code: 'from PIL import Image\nim = Image.new("L", (40, 20)).resize((20, 10)).rotate(90, expand=True)\nim.size',
    needs: ['PIL'],
    text: /\(10, 20\)/,
  },
  {
    name: 'display of a saved image',
    code: 'from PIL import Image as P\nP.new("RGB", (4, 4), "blue").save("blue.png")\nfrom IPython.display import Image, display\ndisplay(Image("blue.png"))',
    needs: ['PIL'],
    pictures: 1,
  },
  {
    name: 'opencv',
    code: 'import cv2, numpy as np\nim = np.zeros((20, 40, 3), np.uint8); cv2.circle(im, (20, 10), 5, (0, 0, 255), -1)\ncv2.imwrite("circle.png", im); int(cv2.cvtColor(im, cv2.COLOR_BGR2GRAY).max())',
    needs: ['cv2'],
    text: /76/,
    files: ['circle.png'],
  },
  {
    name: 'scikit-image',
    code: 'from skimage import data, filters\nround(float(filters.threshold_otsu(data.camera())))',
    needs: ['skimage'],
    text: /10[0-4]/,
  },
  {
    name: 'an SVG as a value',
    code: 'from IPython.display import SVG\nSVG(\'<svg xmlns="http://www.w3.org/2000/svg" width="20" height="10"><rect width="20" height="10" fill="red"/></svg>\')',
    needs: ['resvg_py'],
    pictures: 1,
  },
  {
    name: 'a QR code',
    code: 'import qrcode\nqrcode.make("hello").save("qr.png")',
    needs: ['qrcode', 'PIL'],
    files: ['qr.png'],
  },
]
