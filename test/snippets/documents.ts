import { native, type Snippet } from './snippet.ts'

/** Documents that are written and read. */
export const documents: Snippet[] = [
  {
    name: 'a Word document',
    code: 'from docx import Document\nd = Document(); d.add_heading("Report", 1); d.add_paragraph("Hello"); t = d.add_table(1, 2); t.cell(0, 0).text = "a"\nd.save("report.docx")\n[p.text for p in Document("report.docx").paragraphs]',
    needs: ['docx'],
    text: /\['Report', 'Hello'\]/,
    files: ['report.docx'],
  },
  {
    name: 'slides',
    code: 'from pptx import Presentation\np = Presentation(); s = p.slides.add_slide(p.slide_layouts[0]); s.shapes.title.text = "Title"\np.save("talk.pptx")\nPresentation("talk.pptx").slides[0].shapes.title.text',
    needs: ['pptx'],
    text: /Title/,
    files: ['talk.pptx'],
  },
  {
    name: 'a PDF by reportlab, read by pypdf',
    code: 'from reportlab.pdfgen import canvas\nc = canvas.Canvas("lab.pdf"); c.drawString(72, 720, "Hello PDF"); c.save()\nfrom pypdf import PdfReader\nPdfReader("lab.pdf").pages[0].extract_text()',
    needs: ['reportlab', 'pypdf'],
    text: /Hello PDF/,
    files: ['lab.pdf'],
  },
  {
    name: 'a PDF by fpdf',
    code: 'from fpdf import FPDF\np = FPDF(); p.add_page(); p.set_font("Helvetica", size=12); p.cell(0, 10, "Hello FPDF"); p.output("f.pdf")',
    needs: ['fpdf'],
    files: ['f.pdf'],
  },
  {
    name: 'a PDF read by PyPDF2',
    code: 'from reportlab.pdfgen import canvas\nc = canvas.Canvas("old.pdf"); c.drawString(72, 720, "Old reader"); c.save()\nimport PyPDF2\nPyPDF2.PdfReader("old.pdf").pages[0].extract_text()',
    needs: ['reportlab', 'PyPDF2'],
    text: /Old reader/,
  },
  {
    name: 'a table of a PDF by pdfplumber',
    code: 'from reportlab.platypus import SimpleDocTemplate, Table\nSimpleDocTemplate("t.pdf").build([Table([["a", "b"], ["1", "2"]], style=[("GRID", (0, 0), (-1, -1), 1, (0, 0, 0))])])\nimport pdfplumber\npdfplumber.open("t.pdf").pages[0].extract_table()',
    needs: ['reportlab', 'pdfplumber'],
    text: /\['a', 'b'\], \['1', '2'\]/,
  },
  {
    name: 'PDF pages merged',
    code: 'from pypdf import PdfWriter, PdfReader\nw = PdfWriter(); w.add_blank_page(100, 100); w.add_blank_page(100, 100); w.write("blank.pdf")\nlen(PdfReader("blank.pdf").pages)',
    needs: ['pypdf'],
    text: /2/,
    files: ['blank.pdf'],
  },
  {
    name: 'a PDF page as a picture',
    code: 'from pypdf import PdfWriter\nw = PdfWriter(); w.add_blank_page(100, 100); w.write("page.pdf")\nimport pypdfium2\npypdfium2.PdfDocument("page.pdf")[0].render(scale=1).to_pil()',
    needs: ['pypdf', 'pypdfium2', 'PIL'],
    pictures: 1,
  },
  {
    name: 'HTML by BeautifulSoup',
    code: 'from bs4 import BeautifulSoup\n[a["href"] for a in BeautifulSoup("<a href=\'/x\'>y</a>", "html.parser").find_all("a")]',
    needs: ['bs4'],
    text: /\['\/x'\]/,
  },
  {
    name: 'XML by lxml',
    code: 'from lxml import etree\netree.fromstring(b"<a><b>1</b></a>").xpath("//b/text()")',
    needs: ['lxml'],
    text: /\['1'\]/,
  },
  {
    name: 'a template by jinja2',
    code: 'from jinja2 import Template\nTemplate("{% for x in xs %}<{{ x }}>{% endfor %}").render(xs=[1, 2])',
    needs: ['jinja2'],
    text: /<1><2>/,
  },
  {
    name: 'a table by tabulate',
    code: 'from tabulate import tabulate\nprint(tabulate([["a", 1]], headers=["k", "v"], tablefmt="github"))',
    needs: ['tabulate'],
    text: /\| k\s+\|\s+v \|/,
  },
  {
    name: 'a whole archive of made files',
    code: 'import shutil, os\nos.makedirs("made", exist_ok=True)\nfor i in range(30): open(f"made/{i}.txt", "w").write(str(i))\nshutil.make_archive("made", "zip", "made")',
    text: /made\.zip/,
    files: ['made.zip', 'made/29.txt'],
  },
  {
    name: 'a script made executable',
    code: 'import os, subprocess\nopen("go.sh", "w").write("#!/bin/sh\\necho went\\n"); os.chmod("go.sh", 0o755)\nsubprocess.run(["sh", "go.sh"]);',
    text: /went/,
    ...native,
  },
]
