"""PDF, Word and EPUB files: planted sentences come back exact, with their pages."""

import json
from collections.abc import Sequence
from pathlib import Path

import docx
import pytest
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import getSampleStyleSheet
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Paragraph, SimpleDocTemplate

import qa
from qa.cli import main
from qa.documents import Receipt, read, word
from qa.embedder import Embedder
from qa.index import Index
from qa.types import Document, hit_to_dict
from tests.conftest import ROOT
from tests.writers import CHAPTER, CONTAINER, bind

FILLER = (
    "The harbour master has asked the council for a new crane, since the old one was built in "
    "the year of the great flood and has been mended more often than anybody could count. "
)
PLANTED = {
    1: "The crane of Port Ellis will be lifted by eleven swans.",
    2: "Tobias Oduya keeps the spare key under a blue lobster pot.",
    3: "Nobody may whistle on the quay before the ninth of June.",
}


def whole(document: Document, receipt: Receipt) -> None:
    """Check what holds for every receipt."""
    assert "".join(block.span.of(receipt.source) for block in receipt.blocks) == receipt.source
    joined = "".join(b.before + b.text for b in receipt.kept)
    assert document.text == joined[len(receipt.kept[0].before) :]


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report of several pages with running lines, set by reportlab."""

    def running(canvas: Canvas, template: SimpleDocTemplate) -> None:
        canvas.setFont("Helvetica", 9)
        canvas.drawString(72, 800, "Harbour papers, winter")
        canvas.drawCentredString(297, 30, f"- {canvas.getPageNumber()} -")

    styles = getSampleStyleSheet()
    story: list[Paragraph] = [Paragraph("A crane for Port Ellis", styles["Title"])]
    for number in range(3):
        story.append(Paragraph(f"Part {number + 1}", styles["Heading2"]))
        story += [Paragraph(f"{n}: {FILLER * 4}", styles["BodyText"]) for n in range(5)]
        story.append(Paragraph(PLANTED[number + 1], styles["BodyText"]))
    story.append(Paragraph("Figure 1: the old crane.", styles["BodyText"]))
    path = tmp_path_factory.mktemp("pdf") / "report.pdf"
    SimpleDocTemplate(
        str(path), pagesize=A4, title="A crane for Port Ellis", author="Mara Quill"
    ).build(story, onFirstPage=running, onLaterPages=running)
    return path


def page_texts(path: Path) -> list[str]:
    """Return the text of each page by PDFium's own plain way, to compare with."""
    import pypdfium2

    document = pypdfium2.PdfDocument(path)
    return [" ".join(page.get_textpage().get_text_range().split()) for page in document]


def test_a_pdf_gives_its_paragraphs_with_their_pages(report: Path) -> None:
    document, receipt = read(report)
    whole(document, receipt)
    pages = page_texts(report)
    assert len(document.pages) == len(pages) >= 3
    for sentence in PLANTED.values():
        start = document.text.index(sentence)
        page = document.page_of(start)
        assert page is not None
        assert sentence in pages[page - 1]
    assert {document.page_of(document.text.index(s)) for s in PLANTED.values()} >= {1, 2}
    assert (document.title, document.author) == ("A crane for Port Ellis", "Mara Quill")
    # 16 paragraphs with 3 planted, a title, 3 headings: over a page's end goes one paragraph.
    paragraphs = document.text.split("\n\n")
    assert len(paragraphs) == 1 + 3 * 7 + 1
    assert paragraphs.count("Part 2") == 1
    assert all(f"{n}: {FILLER * 4}".strip() in paragraphs for n in range(5))
    dropped = [(block.text, block.dropped) for block in receipt.dropped]
    assert dropped == [
        entry
        for number in range(1, len(pages) + 1)
        for entry in (
            ("Harbour papers, winter", "running header"),
            (f"- {number} -", "page number"),
        )
    ]
    assert [span.of(document.text) for span in document.captions] == ["Figure 1: the old crane."]


def draw(path: Path, pages: Sequence[Sequence[tuple[float, float, str]]]) -> Path:
    canvas = Canvas(str(path), pagesize=A4)
    for page in pages:
        canvas.setFont("Helvetica", 11)
        for x, y, text in page:
            canvas.drawString(x, y, text)
        canvas.showPage()
    canvas.save()
    return path


def test_words_parted_at_line_ends_are_made_whole(tmp_path: Path) -> None:
    lines = [
        "The council of Port Ellis will discuss the new crane on Monday, and a deci-",
        "sion is due by noon. A well-known builder, whose Anglo-Saxon name is well known to all,",
        "has offered to mend it, and his offer from the year 2024 to the year 2025 (the 2024-",
        "25 one) is still open. Every well-",
        "known builder in the Anglo-",
        "Saxon part of the town has signed it, and the office ﬁles it.",
    ]
    page = [(72, 700 - 14 * n, line) for n, line in enumerate(lines)]
    document, receipt = read(draw(tmp_path / "a.pdf", [page]))
    whole(document, receipt)
    assert "and a decision is due by noon." in document.text
    assert "(the 2024-25 one)" in document.text
    assert "Every well-known builder in the Anglo-Saxon part" in document.text
    assert "\n\n" not in document.text
    assert "deci-\nsion" in receipt.source


def test_a_paragraph_and_a_word_go_on_over_the_end_of_a_page(tmp_path: Path) -> None:
    first = [(72, 800, "The Courier"), (72, 90, "The old crane was sold to a mu-"), (297, 30, "7")]
    second = [(72, 800, "The Courier"), (72, 740, "seum in the capital."), (297, 30, "8")]
    third = [(72, 800, "The Courier"), (72, 740, "It works."), (297, 30, "9")]
    document, receipt = read(draw(tmp_path / "a.pdf", [first, second, third]))
    whole(document, receipt)
    assert document.text == "The old crane was sold to a museum in the capital.\n\nIt works."
    assert [document.page_of(document.text.index(w)) for w in ("crane", "seum", "It")] == [1, 2, 3]
    assert {b.text: b.dropped for b in receipt.dropped} == {
        "The Courier": "running header",
        "7": "page number",
        "8": "page number",
        "9": "page number",
    }


def test_an_empty_page_and_numbers_in_the_text_stay_in_their_place(tmp_path: Path) -> None:
    pages = [[(72, 700, "One."), (72, 400, "1984")], [], [(72, 700, "Three."), (72, 400, "2021")]]
    document, _ = read(draw(tmp_path / "a.pdf", pages))
    assert document.text == "One.\n\n1984\n\nThree.\n\n2021"
    assert document.pages == (0, 12, 12)
    assert document.page_of(document.text.index("Three")) == 3


def test_pages_are_told_by_answers_hits_and_saved_indexes(
    report: Path, tmp_path: Path, twin: Embedder, capsys: pytest.CaptureFixture[str]
) -> None:
    document, _ = read(report)
    index = Index.build([document], embedder=twin, asking=twin)
    hit = qa.retrieve("Where is the spare key?", index=index)[0]
    page = document.page_of(document.text.index(PLANTED[2]))
    assert PLANTED[2] in hit.passage.text
    assert hit_to_dict(hit)["page"] == page
    answer = qa.ask("Who keeps the spare key?", index=index)
    assert answer.text
    assert answer.to_dict()["page"] == page
    index.save(tmp_path / "i")
    assert Index.load(tmp_path / "i").documents == (document,)
    assert main(["ask", "Who keeps the spare key?", "--index", str(tmp_path / "i")]) == 0
    assert f"A crane for Port Ellis, p. {page}, characters" in capsys.readouterr().out


def test_rows_of_older_indexes_are_read_and_new_ones_tell_no_more_than_is_known() -> None:
    rows = next((ROOT / "index").glob("generation-*/documents.jsonl")).read_text("utf-8")
    assert set(json.loads(rows)) == {"id", "title", "source", "captions", "text"}
    document = qa.load(ROOT / "index").documents[0]
    assert (document.date, document.author, document.pages) == ("", "", ())


@pytest.fixture(scope="module")
def minutes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Minutes written by python-docx."""
    file = docx.Document()
    file.core_properties.title = "Word Document"
    file.core_properties.author = "Mara Quill"
    file.sections[0].header.paragraphs[0].text = "Confidential draft"
    file.sections[0].footer.paragraphs[0].text = "Harbour office"
    file.add_heading("Minutes of the harbour board", 0)
    paragraph = file.add_paragraph("The crane costs ")
    paragraph.add_run("42 million").bold = True
    paragraph.add_run(" crowns.")
    inserted = file.add_paragraph("It comes by sea")
    for tag, text in (("w:ins", " from Sand Haven"), ("w:del", " from nowhere")):
        change, run = OxmlElement(tag), OxmlElement("w:r")
        word = OxmlElement("w:t" if tag == "w:ins" else "w:delText")
        word.text = text
        word.set(qn("xml:space"), "preserve")
        run.append(word)
        change.append(run)
        inserted._p.append(change)
    control, content = OxmlElement("w:sdt"), OxmlElement("w:sdtContent")
    control.append(content)
    content.append(file.add_paragraph("The date is set in a control.")._p)
    file.element.body.insert(3, control)
    file.add_heading("Figures", 1)
    table = file.add_table(2, 2)
    for row, cells in enumerate((("Reach", "300 m"), ("Load", "4 t"))):
        for column, text in enumerate(cells):
            table.cell(row, column).text = text
    file.add_paragraph("The crane in a drawing", style="Caption")
    file.add_paragraph("Bring your own boots", style="List Bullet")
    path = tmp_path_factory.mktemp("docx") / "minutes.docx"
    file.save(str(path))
    return path


def test_a_word_document_gives_its_paragraphs(minutes: Path) -> None:
    document, receipt = read(minutes)
    whole(document, receipt)
    assert document.text.split("\n\n") == [
        "Minutes of the harbour board",
        "The crane costs 42 million crowns.",
        "It comes by sea from Sand Haven",
        "The date is set in a control.",
        "Figures",
        "Reach | 300 m",
        "Load | 4 t",
        "The crane in a drawing",
        "Bring your own boots",
    ]
    # The file calls itself "Word Document", which its text does not show.
    assert (document.title, document.author) == ("Minutes of the harbour board", "Mara Quill")
    assert (document.date, document.pages) == ("", ())
    assert [span.of(document.text) for span in document.captions] == ["The crane in a drawing"]
    assert [(block.text, block.dropped) for block in receipt.dropped] == [
        ("Confidential draft", "running header"),
        ("Harbour office", "running footer"),
    ]


PACKAGE = """<package xmlns="http://www.idpf.org/2007/opf" version="3.0">
<metadata xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>Tides of Merrow</dc:title>
<dc:creator>Ilse Varga</dc:creator><dc:creator>Bram Osei</dc:creator>
<dc:date>2025-03-01T00:00:00Z</dc:date></metadata>
<manifest><item id="two" href="text/two%20b.xhtml" media-type="application/xhtml+xml"/>
<item id="nav" href="nav.xhtml" media-type="application/xhtml+xml" properties="nav"/>
<item id="one" href="text/one.xhtml" media-type="application/xhtml+xml"/>
<item id="pic" href="p.jpg" media-type="image/jpeg"/></manifest>
<spine><itemref idref="nav"/><itemref idref="one"/><itemref idref="two"/></spine></package>"""
BOOK = {
    "META-INF/container.xml": CONTAINER,
    "OEBPS/b.opf": PACKAGE,
    "OEBPS/nav.xhtml": CHAPTER.format("<nav><ol><li>The first tide</li></ol></nav>"),
    "OEBPS/text/one.xhtml": CHAPTER.format(
        "<h1>The first tide</h1><p>The sea&#160;came in at <i>nine</i>.</p><p>It rained.</p>"
    ),
    "OEBPS/text/two b.xhtml": CHAPTER.format(
        "<h1>The second tide</h1><figure><img src='p.jpg'/><figcaption>A wet dog</figcaption>"
        "</figure><p>Café tables floated — all eleven.</p>"
    ),
}


def test_a_book_gives_its_chapters_in_order(tmp_path: Path) -> None:
    (tmp_path / "tides.epub").write_bytes(bind(BOOK))
    document, receipt = read(tmp_path / "tides.epub")
    whole(document, receipt)
    assert document.text.split("\n\n") == [
        "The first tide",
        "The sea came in at nine.",
        "It rained.",
        "The second tide",
        "A wet dog",
        "Café tables floated — all eleven.",
    ]
    assert (document.title, document.author) == ("Tides of Merrow", "Ilse Varga, Bram Osei")
    assert (document.date, document.pages) == ("2025-03-01", ())
    assert [span.of(document.text) for span in document.captions] == ["A wet dog"]
    assert [(b.text, b.dropped) for b in receipt.dropped] == [
        ("The first tide", "table of contents")
    ]


def test_nothing_of_a_document_is_parsed_in_this_process(minutes: Path, report: Path) -> None:
    import subprocess
    import sys

    code = (
        "import sys\nfrom qa.documents import read\n"
        f"read({str(minutes)!r}); read({str(report)!r})\n"
        "print([m for m in ('pypdfium2', 'lxml', 'trafilatura') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True
    )
    assert done.stdout.strip() == "[]"


def test_a_row_keeps_cells_in_content_controls_and_text_boxes() -> None:
    def paragraph(text: str) -> str:
        return f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>"

    box = f"<w:r><w:txbxContent>{paragraph('Inside.')}</w:txbxContent></w:r>"
    row = (
        f"<w:tc>{paragraph('Name')}</w:tc><w:tc><w:p><w:r><w:t>Box:</w:t></w:r>{box}</w:p></w:tc>"
        f"<w:sdt><w:sdtContent><w:tc>{paragraph('Cost 5')}</w:tc></w:sdtContent></w:sdt>"
    )
    space = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    body = f"<w:body><w:tbl><w:tr>{row}</w:tr></w:tbl></w:body>"
    document = f'<w:document xmlns:w="{space}">{body}</w:document>'
    found = word.extract(bind({"word/document.xml": document}))
    assert [piece.text for piece in found.pieces] == ["Name | Box: | Cost 5", "Inside."]
