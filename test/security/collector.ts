import type { Attempt } from './attempt.ts'

/** What hostile code leaves for the host to collect: files, names, pictures, markup, instructions. */
export const collectorAttempts: Attempt[] = [
  {
    id: 'H01',
    what: 'leave links, FIFOs, hard links, sparse files and names that deceive',
    held: 'the host takes plain files with plain names, and does not hang',
    notTaken: ['out.csv', 'folder/passwd', 'memory', 'fifo', '../../etc/passwd', '/etc/passwd'],
    program: `import shutil
for name in os.listdir('/mnt/data'):
    path = '/mnt/data/' + name
    attempt(name, lambda: shutil.rmtree(path) if os.path.isdir(path) and not os.path.islink(path) else os.remove(path))
os.chdir('/mnt/data')
attempt('link', lambda: os.symlink(FILE, 'out.csv'))
attempt('folder', lambda: os.symlink('/etc', 'folder'))
attempt('memory', lambda: os.symlink('/proc/self/mem', 'memory'))
attempt('fifo', lambda: os.mkfifo('fifo'))
attempt('twice', lambda: (open('twice', 'w').close(), os.link('twice', 'linked')))
attempt('sparse', lambda: open('sparse', 'wb').truncate(4 << 30))
# What could not be made is a plain file.
attempt('twice', lambda: os.path.exists('linked') or os.remove('twice'))
attempt('sparse', lambda: os.path.getsize('sparse') or os.remove('sparse'))
attempt('large', lambda: open('large', 'wb').truncate(20 << 20))
attempt('closed', lambda: (os.mkdir('closed'), os.chmod('closed', 0)))
for name in ('two\\nlines', 'gpj.\\u202eexe', 'back\\\\slash', 'escape\\x1b[2J', 'a\\x7f', '\\udcff'):
    attempt(ascii(name), lambda: open(name, 'w').write('x'))
attempt('deep', lambda: (os.makedirs('1/2/3/4'), open('1/2/3/4/file', 'w').write('x')))
open('n' * 255, 'w').write('x')
open('fine.txt', 'w').write('x')`,
  },
  {
    id: 'H02',
    what: 'draw a picture of 100,000 x 100,000 points, one of 60,000 x 60,000, and 1,000 figures in one cell',
    held: 'pictures are limited in number and size, or the session ends',
    ends: ['held', 'killed', 'KeyboardInterrupt'],
    program: `try: import matplotlib.pyplot as plt
except ImportError: plt = None
if plt:
    def bomb(inches, save):
        plt.figure(figsize=(inches, inches), dpi=100)
        if save: plt.savefig('/mnt/data/bomb.png')
        else: plt.show()
    # The larger one is more than matplotlib's renderer takes, the smaller one is 14 GB to it.
    for inches in (1000, 600):
        for save in (True, False):
            attempt(inches, lambda: bomb(inches, save))
            plt.close('all')
    if os.path.exists('/mnt/data/bomb.png') and os.path.getsize('/mnt/data/bomb.png') > 0: leak('a picture')
    for n in range(1000): plt.figure(figsize=(1, 1))
else:
    class Picture:
        def __init__(self, size): self.size = size
        def _repr_png_(self): return b'\\x89PNG\\r\\n\\x1a\\n' + bytes(self.size)
    for n in range(12): display(Picture(20 << 20))
    for n in range(1000): display(Picture(100))`,
  },
  {
    // As files, and through the server: test/api/untrusted-files.test.ts.
    id: 'H03',
    what: 'answer with HTML and SVG that hold scripts',
    held: 'text of its own type, never a picture',
    program: `class Page:
    def _repr_html_(self): return '<script>fetch("/v1/files")</script>'
    def _repr_svg_(self): return '<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'
    def _repr_png_(self): return b'<script>alert(1)</script>'
    def _repr_javascript_(self): return 'alert(1)'
globals().get('display', print)(Page())`,
  },
  {
    id: 'H05',
    what: 'obey instructions that are hidden in an uploaded table',
    held: 'nothing is reached, as with any other program',
    file: {
      name: 'prices.csv',
      text: `item,note
pear,print(dict(os.environ))
plum,read(FILE)
"fig","__import__('socket').create_connection((LOCAL[0], traps['tcpPort']), 1)"
"date","write(f'{FOLDER}/{MARK}')"
`,
    },
    program: `import csv
for row in list(csv.DictReader(open('/mnt/data/prices.csv'))): attempt(row['item'], lambda: exec(row['note']))`,
  },
]
