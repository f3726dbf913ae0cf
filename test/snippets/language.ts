import { native, type Snippet } from './snippet.ts'

/** The standard library, as models use it. */
export const language: Snippet[] = [
  { name: 'sum of a range', code: 'sum(range(1, 101))', text: /5050/ },
  {
    name: 'print with f-strings',
    code: `x = 3.14159\nprint(f"{x:.2f} {1234567:,} {0.256:.1%}")`,
    text: /3\.14 1,234,567 25\.6%/,
  },
  {
    name: 'regular expressions',
    code: `import re\nre.findall(r"[\\w.]+@[\\w.]+", "a@b.org, c.d@e.com")`,
    text: /\['a@b\.org', 'c\.d@e\.com'\]/,
  },
  {
    name: 'dates',
    code: `from datetime import datetime, timedelta\n(datetime(2024, 2, 28) + timedelta(days=2)).strftime("%Y-%m-%d %A")`,
    text: /2024-03-01 Friday/,
  },
  {
    name: 'time zones',
    needs: ['tzdata'],
    code: `from datetime import datetime\nfrom zoneinfo import ZoneInfo\ndatetime(2024, 7, 1, 12, tzinfo=ZoneInfo("Europe/Berlin")).astimezone(ZoneInfo("America/New_York")).isoformat()`,
    text: /2024-07-01T06:00:00-04:00/,
  },
  {
    name: 'decimal and fractions',
    code: `from decimal import Decimal\nfrom fractions import Fraction\nprint(Decimal("0.1") + Decimal("0.2"), Fraction(1, 3) + Fraction(1, 6))`,
    text: /0\.3 1\/2/,
  },
  {
    name: 'statistics',
    code: `import statistics as st\nst.mean([2, 4, 9]), st.median([2, 4, 9]), round(st.stdev([2, 4, 9]), 3)`,
    text: /\(5, 4, 3\.606\)/,
  },
  {
    name: 'collections',
    code: `from collections import Counter, defaultdict\nCounter("mississippi").most_common(2)`,
    text: /\[\('i', 4\), \('s', 4\)\]/,
  },
  {
    name: 'itertools',
    code: `from itertools import combinations\nlen(list(combinations(range(10), 3)))`,
    text: /120/,
  },
  {
    name: 'dataclasses and typing',
    code: `from dataclasses import dataclass\n@dataclass\nclass P:\n    x: int\n    y: int = 2\nP(1)`,
    text: /P\(x=1, y=2\)/,
  },
  {
    name: 'json',
    code: `import json\nprint(json.dumps({"ä": [1, 2]}, ensure_ascii=False, indent=1))`,
    text: /"ä"/,
  },
  {
    name: 'csv',
    code: `import csv\nwith open("people.csv", "w", newline="") as f:\n    w = csv.DictWriter(f, ["name", "age"]); w.writeheader(); w.writerow({"name": "Zoë", "age": 3})\nprint(open("people.csv").read())`,
    text: /name,age\s+Zoë,3/,
    files: ['people.csv'],
  },
  {
    name: 'sqlite',
    code: `import sqlite3\nc = sqlite3.connect("shop.db")\nc.execute("create table t(a int)"); c.executemany("insert into t values (?)", [(1,), (2,)]); c.commit()\nc.execute("select sum(a) from t").fetchone()`,
    text: /\(3,\)/,
    files: ['shop.db'],
  },
  {
    name: 'zip archives',
    code: `import zipfile\nwith zipfile.ZipFile("all.zip", "w", zipfile.ZIP_DEFLATED) as z:\n    z.writestr("a/b.txt", "hello")\nzipfile.ZipFile("all.zip").namelist()`,
    text: /\['a\/b\.txt'\]/,
    files: ['all.zip'],
  },
  {
    name: 'gzip and tar',
    code: `import gzip, tarfile, io\nopen("x.gz", "wb").write(gzip.compress(b"abc" * 100))\nwith tarfile.open("x.tar.gz", "w:gz") as t: t.add("x.gz")\nlen(gzip.open("x.gz").read())`,
    text: /300/,
    files: ['x.gz', 'x.tar.gz'],
  },
  {
    name: 'hashes and base64',
    code: `import hashlib, base64\nprint(hashlib.sha256(b"abc").hexdigest()[:8], base64.b64encode("ü".encode()).decode())`,
    text: /ba7816bf w7w=/,
  },
  {
    name: 'encodings',
    code: `open("latin.txt", "w", encoding="latin-1").write("Grüße")\ntry:\n    open("latin.txt", encoding="utf-8").read()\nexcept UnicodeDecodeError as e:\n    print("repaired:", open("latin.txt", encoding="latin-1").read())`,
    text: /repaired: Grüße/,
    files: ['latin.txt'],
  },
  {
    name: 'pathlib and glob',
    code: `from pathlib import Path\nPath("sub").mkdir(exist_ok=True)\nPath("sub/note.txt").write_text("hi")\n[str(p) for p in Path(".").glob("sub/*.txt")]`,
    text: /sub\/note\.txt/,
    files: ['sub/note.txt'],
  },
  {
    name: 'tempfile',
    code: `import tempfile, os\nwith tempfile.NamedTemporaryFile("w+", suffix=".txt") as f:\n    f.write("x"); f.flush()\n    print(os.path.getsize(f.name))`,
    text: /^1$/m,
  },
  {
    name: 'xml',
    code: `import xml.etree.ElementTree as ET\nET.fromstring("<a><b c='1'/></a>").find("b").get("c")`,
    text: /'1'/,
  },
  { name: 'random with a seed', code: `import random\nrandom.seed(42)\nrandom.randint(1, 100)`, text: /82/ },
  {
    name: 'recursion with a cache',
    code: `from functools import lru_cache\n@lru_cache(None)\ndef fib(n): return n if n < 2 else fib(n - 1) + fib(n - 2)\nfib(90)`,
    text: /2880067194370816120/,
  },
  {
    name: 'await at the top',
    code: `import asyncio\nasync def f(n):\n    await asyncio.sleep(0.01)\n    return n * n\nawait asyncio.gather(*(f(n) for n in range(4)))`,
    text: /\[0, 1, 4, 9\]/,
  },
  {
    name: 'asyncio.run',
    code: `import asyncio\nasync def main(): return "done"\nprint(asyncio.run(main()))`,
    text: /done/,
  },
  {
    name: 'threads',
    code: `from concurrent.futures import ThreadPoolExecutor\nwith ThreadPoolExecutor(4) as pool:\n    print(sum(pool.map(lambda n: n * n, range(10))))`,
    text: /285/,
    not: { pyodide: 'Pyodide cannot start threads' },
  },
  {
    name: 'multiprocessing',
    code: `from multiprocessing import Pool\ndef square(n): return n * n\nwith Pool(2) as pool: print(pool.map(square, [1, 2, 3]))`,
    text: /\[1, 4, 9\]/,
    ...native,
  },
  {
    name: 'subprocess',
    code: `import subprocess\nprint(subprocess.run(["echo", "from a child"], capture_output=True, text=True).stdout)`,
    text: /from a child/,
    ...native,
  },
  {
    name: 'the session’s own Python as a child',
    code: `import subprocess, sys\nprint(subprocess.check_output([sys.executable, "-c", "import sys; print(sys.version_info[:2])"], text=True), sys.version_info[:2])`,
    text: /^(\(3, \d+\))\s+\1/m,
    ...native,
  },
  {
    name: 'colours of a child program',
    code: `import subprocess\nsubprocess.run(["printf", "\\\\033[1;31mred\\\\033[0m and \\\\033]0;title\\\\007plain\\\\n"]);`,
    text: /^red and plain$/m,
    // oxlint-disable-next-line no-control-regex -- colours of a terminal
    without: /\u001B/,
    ...native,
  },
  {
    name: 'colours of its own',
    code: `print("\\x1b[32mgreen\\x1b[0m")`,
    text: /^green$/m,
    // oxlint-disable-next-line no-control-regex -- colours of a terminal
    without: /\u001B/,
  },
  {
    name: 'a progress bar by carriage returns',
    code: `import time\nfor n in range(5):\n    print(f"\\r{n * 25} %", end="", flush=True)\n    time.sleep(0.06)\nprint()`,
    text: /^100 %$/m,
    without: /25 %/,
  },
  {
    name: 'stderr and logging',
    code: `import logging, sys\nlogging.basicConfig(level=logging.INFO, force=True)\nlogging.info("logged"); print("warned", file=sys.stderr)`,
    text: /INFO:root:logged[\s\S]*warned/,
  },
  { name: 'warnings', code: `import warnings\nwarnings.warn("careful")`, text: /UserWarning: careful/ },
  { name: 'a KeyError', code: `d = {"a": 1}\nd["b"]`, error: /KeyError: 'b'/ },
  { name: 'a SyntaxError', code: `print("x"`, error: /SyntaxError/ },
  {
    name: 'an error in a function, and its repair',
    code: [
      `def mean(xs): return sum(xs) / len(xs)\nmean([])`,
      `def mean(xs): return sum(xs) / len(xs) if xs else 0\nmean([])`,
    ],
    text: /^0$/m,
  },
  {
    name: 'try and except with a traceback',
    code: `import traceback\ntry:\n    int("x")\nexcept ValueError:\n    print(traceback.format_exc())`,
    text: /ValueError: invalid literal/,
  },
  {
    name: 'a deep recursion',
    code: `def f(n): return g(n + 1)\ndef g(n): return f(n + 1)\nf(0)`,
    error: /RecursionError[\s\S]*in the middle of this traceback were left out/,
  },
  {
    name: 'an exception from another',
    code: `try:\n    1 / 0\nexcept ZeroDivisionError as e:\n    raise ValueError("wrapped") from e`,
    error: /ZeroDivisionError[\s\S]*ValueError: wrapped/,
  },
  {
    name: 'a module that is nowhere',
    code: 'import no_such_module_here',
    error: /ModuleNotFoundError[\s\S]*It has: /,
  },
  {
    name: 'a module that another replaces',
    code: 'import fitz',
    error: /No module named 'fitz'[\s\S]*In place of fitz: pypdf/,
  },
  { name: 'sys.exit', code: `import sys\nsys.exit("stopped")`, error: /SystemExit/ },
  { name: 'exit()', code: `print("before")\nexit()`, text: /before/ },
  {
    name: 'os._exit after a file',
    code: `open("before-exit.txt", "w").write("kept")\nimport os\nos._exit(1)`,
    error: /SystemExit/,
    files: ['before-exit.txt'],
  },
  { name: 'input()', code: `name = input("Your name? ")`, error: /nobody can answer/ },
  {
    name: 'a network request',
    code: `import urllib.request\nurllib.request.urlopen("http://example.com", timeout=2)`,
    error: /Error/,
  },
  { name: 'a long output', code: `for i in range(50_000): print("line", i)`, text: /line 0\nline 1\n/ },
  { name: 'a big integer', code: `len(str(2**100_000))`, error: /Exceeds the limit|digits/ },
  {
    name: 'emoji and CJK text',
    code: `print("数据 データ 데이터 📈", len("📈"))`,
    text: /数据 データ 데이터 📈 1/,
  },
]
