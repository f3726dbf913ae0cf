import { native, type Snippet } from './snippet.ts'

/** What programs have from notebooks. */
export const notebook: Snippet[] = [
  { name: 'help(len)', code: 'help(len)', text: /Return the number of items in a container/ },
  { name: 'len?', code: 'len?', text: /Return the number of items in a container/ },
  {
    name: 'help of a function of one’s own',
    code: 'def area(r):\n    "The area of a circle."\n    return 3 * r * r\nhelp(area)',
    text: /The area of a circle/,
  },
  { name: '%matplotlib inline', code: '%matplotlib inline\nprint("on")', text: /^on$/m },
  { name: '%timeit', code: '%timeit -n 10 -r 2 sum(range(10))', text: /per loop/ },
  {
    name: '%time with its value',
    code: '%time sum(range(1000))',
    text: /Wall time[\s\S]*499500|499500[\s\S]*Wall time/,
  },
  { name: '%%time', code: '%%time\ntotal = sum(range(1000))\nprint(total)', text: /499500[\s\S]*Wall time/ },
  { name: '%%timeit', code: '%%timeit -n 5 -r 2\nx = [i for i in range(10)]', text: /per loop/ },
  {
    name: '%%writefile, then import',
    code: [
      '%%writefile helper_one.py\ndef double(n):\n    return 2 * n',
      'import helper_one\nhelper_one.double(21)',
    ],
    text: /^42$/m,
    files: ['helper_one.py'],
  },
  {
    name: 'import of a file beside the cell',
    code: ['open("helper_two.py", "w").write("VALUE = 7")', 'import helper_two\nhelper_two.VALUE'],
    text: /^7$/m,
    files: ['helper_two.py'],
    without: /pycache/,
  },
  {
    name: '%run',
    code: [
      '%%writefile program.py\nimport sys\nresult = 6 * 7\nprint("arguments", sys.argv[1:])',
      '%run program.py a b\nresult',
    ],
    text: /arguments \['a', 'b'\][\s\S]*42/,
  },
  {
    name: '!python file',
    code: ['%%writefile shout.py\nimport sys\nprint("shouted", sys.argv[1].upper())', '!python shout.py hey'],
    text: /shouted HEY/,
    ...native,
  },
  {
    name: '!ls and a shell pipe',
    code: ['open("seen.txt", "w").write("1\\n2\\n")', '!ls seen.txt && cat seen.txt | wc -l'],
    text: /seen\.txt\s+2/,
    ...native,
  },
  {
    name: 'lines = !command',
    code: 'lines = !printf "a\\nb\\n"\nprint(list(lines))',
    text: /\['a', 'b'\]/,
    ...native,
  },
  {
    name: '!command with {value}',
    code: 'name = "world"\n!echo hello {name} $name',
    text: /hello world world/,
    ...native,
  },
  { name: '%%bash', code: '%%bash\nfor i in 1 2 3; do echo "n $i"; done', text: /n 1\nn 2\nn 3/, ...native },
  { name: '!pip list', code: '!pip list', text: /Package\s+Version/, ...native },
  {
    name: '!pip install of what is not there',
    code: '!pip install camelot-py',
    text: /no network to install it from/,
    ...native,
  },
  {
    name: '%pip install of what is not there',
    code: '%pip install prophet',
    text: /no network to install it from/,
    ...native,
  },
  {
    name: 'pip by subprocess',
    code: 'import subprocess, sys\nprint(subprocess.run([sys.executable, "-m", "pip", "install", "torch"], capture_output=True, text=True).stderr)',
    text: /torch is not among the packages/,
    ...native,
  },
  {
    name: 'pip install of what is there',
    code: '!pip install -q "numpy>=1.20" pandas',
    needs: ['numpy', 'pandas'],
    text: /Already there: numpy/,
    ...native,
  },
  {
    name: '%cd and %pwd',
    code: ['%cd /tmp', 'here = %pwd\nprint(here)\n%cd /mnt/data'],
    text: /tmp[\s\S]*\/mnt\/data/,
  },
  { name: '%env', code: '%env TOKEN=abc\nimport os\nos.environ["TOKEN"]', text: /'abc'/ },
  { name: '%who and %whos', code: 'seen_variable = 5\n%whos', text: /seen_variable\s+int\s+5/ },
  {
    name: '%%capture',
    code: ['%%capture kept\nprint("hidden")', 'print("was", kept.stdout)'],
    text: /was hidden/,
  },
  { name: '%%html', code: '%%html\n<table><tr><td>one</td><td>two</td></tr></table>', text: /one\s+two/ },
  {
    name: 'get_ipython()',
    code: 'get_ipython().run_line_magic("matplotlib", "inline")\nprint("still here")',
    text: /still here/,
  },
  { name: 'an unknown command', code: '%nosuchmagic', text: /./, error: /nosuchmagic|UsageError/ },
  {
    name: 'a percent sign at the start of a continued line',
    code: '%matplotlib inline\nx = (17\n% 5)\nprint("rest", x)',
    text: /rest 2/,
  },
  { name: '_ as the last value', code: ['20 + 1', '_ * 2'], text: /^42$/m },
  {
    name: 'display() of text',
    code: 'from IPython.display import display, HTML, Markdown\ndisplay(Markdown("**bold**"))\ndisplay(HTML("<b>plain</b>"))',
    text: /bold[\s\S]*plain/,
  },
  {
    name: 'display from IPython.core',
    code: 'from IPython.core.display import HTML\nfrom IPython.display import display\ndisplay(HTML("<p>shown</p>"))',
    text: /shown/,
  },
  {
    name: 'clear_output in a loop',
    code: 'from IPython.display import clear_output\nfor i in range(3):\n    clear_output(wait=True)\n    print("round", i)',
    text: /round 2/,
  },
  { name: 'a semicolon hides a value', code: '41 + 1;', without: /42/ },
]
