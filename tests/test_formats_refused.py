"""Files that cannot be read: damaged, protected, scanned, disguised, or made to do harm.

Each gets one sentence that names the next step; none a traceback, none for ever.
"""

import io
import random
import time
import zipfile
from pathlib import Path

import docx
import pytest
from PIL import Image
from reportlab.lib.pagesizes import A4
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

import qa
from qa.cli import main
from qa.documents import read, sandbox
from qa.documents.archive import Archive
from qa.documents.extract import RefusalError
from qa.documents.kinds import Kind
from tests.test_formats_binary import BOOK
from tests.writers import CHAPTER, bind


def pdf(*, password: str = "", pages: int = 1, scanned: bool = False, text: str = "A.") -> bytes:
    file = io.BytesIO()
    lock = StandardEncryption(password) if password else None
    canvas = Canvas(file, pagesize=A4, encrypt=lock)
    picture = ImageReader(Image.new("RGB", (40, 40), "grey"))
    for _ in range(pages):
        if scanned:
            canvas.drawImage(picture, 0, 0, 500, 700)
        else:
            canvas.drawString(72, 700, text)
        canvas.showPage()
    canvas.save()
    return file.getvalue()


def word(*, document: str | None = None) -> bytes:
    file, made = docx.Document(), io.BytesIO()
    file.add_paragraph("The crane comes on Monday.")
    file.save(made)
    if document is None:
        return made.getvalue()
    changed = io.BytesIO()
    with zipfile.ZipFile(made) as old, zipfile.ZipFile(changed, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, document if name == "word/document.xml" else old.read(name))
    return changed.getvalue()


def declared(data: bytes, size: int) -> bytes:
    """Return an archive whose last part declares another size."""
    at = data.rindex(b"PK\x01\x02")
    return data[: at + 24] + size.to_bytes(4, "little") + data[at + 28 :]


W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
LAUGHS = (
    '<!DOCTYPE z [<!ENTITY a "ha ha ha ha ha ha ha ha">'
    + "".join(
        f'<!ENTITY {n} "{f"&{m};" * 10}">' for m, n in zip("abcdefgh", "bcdefghi", strict=True)
    )
    + f']><w:document xmlns:w="{W}"><w:body><w:p><w:r><w:t>&i;</w:t></w:r></w:p></w:body>'
    + "</w:document>"
)
SECRET = (
    '<!DOCTYPE z [<!ENTITY a SYSTEM "file:///etc/hostname">]>'
    f'<w:document xmlns:w="{W}"><w:body><w:p><w:r><w:t>&a;</w:t></w:r></w:p></w:body></w:document>'
)
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 500
DRM = (
    '<encryption><EncryptedData xmlns="http://www.w3.org/2001/04/xmlenc#"><CipherData>'
    '<CipherReference URI="OEBPS/text/one.xhtml"/></CipherData></EncryptedData></encryption>'
)


@pytest.mark.parametrize(
    ("name", "data", "sentence"),
    [
        ("a.pdf", pdf(password="x"), "is protected by a password; save a copy without one."),
        ("a.pdf", pdf(scanned=True), "is scanned, and its pages are pictures without text"),
        ("a.pdf", pdf(pages=2001), "has 2001 pages, more than 2000; split it"),
        ("a.pdf", pdf(text=" "), "is empty; give a file that holds text."),
        ("a.pdf", pdf()[:300], "is damaged; save it again, or as text."),
        ("a.pdf", b"%PDF-1.7", "is damaged; save it again, or as text."),
        ("a.pdf", b"", "is empty; give a file that holds text."),
        ("a.pdf", b"just words", "is damaged, or no PDF at all; save it again, or as text."),
        ("a.pdf", word(), "is a Word document by its content; give its name the suffix .docx."),
        ("a.docx", pdf(), "is a PDF by its content; give its name the suffix .pdf."),
        ("a.docx", bind(BOOK), "is an EPUB book by its content; give its name the suffix .epub."),
        ("a.docx", word()[:2000], "is damaged; save it again, or as text."),
        ("a.docx", OLE, "is of an old Word format; save it as .docx in today's."),
        ("a.docx", OLE + "EncryptedPackage".encode("utf-16-le"), "is protected by a password"),
        ("a.docx", word(document="no xml"), "is damaged; save it again, or as text."),
        ("a.docx", declared(word(), 10**9), "unfolds into far more than it should (a ZIP bomb)"),
        ("a.docx", word(document=" " * 80_000_000), "unfolds into far more than it should"),
        ("a.docx", word(document=LAUGHS), "a.docx"),
        ("a.docx", word(document=SECRET), "is empty; give a file that holds text."),
        ("a.epub", bind({"x": "y"}), "is no EPUB book, though its name says so"),
        ("a.epub", bind({**BOOK, "META-INF/container.xml": "<c/>"}), "is damaged; save it again"),
        ("a.epub", bind({**BOOK, "META-INF/encryption.xml": DRM}), "is protected against copying"),
        ("a.epub", bind({**BOOK, "OEBPS/text/one.xhtml": "a" * 80_000_000}), "(a ZIP bomb)"),
        ("a.epub", bind(BOOK)[:900], "is damaged"),
        ("a.txt", pdf(), "is a PDF by its content; give its name the suffix .pdf."),
        ("a.txt", b"<!DOCTYPE html><p>Hello", "is a web page by its content; give its name"),
        ("a.html", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "looks like a binary file; save it as text."),
        ("a.txt", OLE, "is an Office file by its content; save it as .docx, or as text."),
        ("a.odt", b"PK", "is of a kind not read here; save it as text (.txt, .text, .md"),
    ],
)  # fmt: skip
def test_each_gets_one_sentence(name: str, data: bytes, sentence: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(data)
    start = time.monotonic()
    with pytest.raises(qa.DocumentError) as error:
        read(tmp_path / name)
    assert time.monotonic() - start < sandbox.SECONDS + 15
    assert sentence in str(error.value)
    assert str(error.value).startswith((str(tmp_path / name), name))
    assert str(error.value).count(". ") == 0
    assert str(error.value).endswith(".")
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("name", "data"), [("a.pdf", pdf()), ("a.docx", word()), ("a.epub", bind(BOOK))]
)
def test_damage_anywhere_is_read_or_told(name: str, data: bytes, tmp_path: Path) -> None:
    chance = random.Random(7)
    for _ in range(4):
        damaged = bytearray(data)
        for _ in range(20):
            damaged[chance.randrange(8, len(damaged))] = chance.randrange(256)
        (tmp_path / name).write_bytes(damaged)
        said = ""
        try:
            read(tmp_path / name)
        except qa.DocumentError as error:
            said = str(error)
        assert said == "" or said.startswith((str(tmp_path), name))
        assert "\n" not in said


@pytest.mark.parametrize(
    "name",
    ["two\nlines.pdf", "договор.pdf", "报告\u202e.docx", "a\x1b[2J.txt", ".pdf.odt", "x.PDF"],
)
def test_odd_names_stay_on_one_line(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / name).write_bytes(b"\0\1\2")
    assert main(["clean", str(tmp_path / name)]) == 2
    err = capsys.readouterr().err
    assert err.count("\n") == 1
    assert "\x1b" not in err
    assert Path(name).suffix.lower() in err.lower()


def test_a_file_without_a_suffix_is_what_its_bytes_say(tmp_path: Path) -> None:
    (tmp_path / "report").write_bytes(pdf(text="The crane comes."))
    assert read(tmp_path / "report")[0].text == "The crane comes."
    (tmp_path / "note").write_text("The crane comes.")
    assert read(tmp_path / "note")[0].text == "The crane comes."


def test_a_page_that_is_a_picture_is_told_in_the_receipt(tmp_path: Path) -> None:
    file = io.BytesIO()
    canvas = Canvas(file, pagesize=A4)
    canvas.drawString(72, 700, "The crane comes.")
    canvas.showPage()
    canvas.drawImage(ImageReader(Image.new("RGB", (40, 40), "grey")), 0, 0, 500, 700)
    canvas.showPage()
    canvas.save()
    (tmp_path / "a.pdf").write_bytes(file.getvalue())
    document, receipt = read(tmp_path / "a.pdf")
    assert document.text == "The crane comes."
    assert [(b.page, b.dropped) for b in receipt.dropped] == [
        (2, "picture of a page; it needs OCR")
    ]


def test_a_parser_that_takes_too_long_or_too_much_is_stopped() -> None:
    with pytest.raises(RefusalError, match=r"takes longer than 0\.05 seconds to read; split it"):
        sandbox.extract(Kind.PDF, pdf(), seconds=0.05)
    many = CHAPTER.format("<p>x</p>" * 2_000_000)
    book = bind({**BOOK, "OEBPS/text/one.xhtml": many})
    with pytest.raises(RefusalError, match=r"needs too much memory|is damaged|takes longer"):
        sandbox.extract(Kind.EPUB, book, memory=400 * 1024**2)


def test_an_archive_that_hides_its_size_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    archive = Archive(bind({"a": "x" * 5000, "b": "y" * 5000}))
    monkeypatch.setattr("qa.documents.archive.MAX_PART", 4000)
    with pytest.raises(RefusalError, match="ZIP bomb"):
        archive.read("a")
    monkeypatch.setattr("qa.documents.archive.MAX_PART", 6000)
    archive._left = 8000
    assert archive.read("a") == b"x" * 5000
    with pytest.raises(RefusalError, match="ZIP bomb"):
        archive.read("b")
    monkeypatch.setattr("qa.documents.archive.MAX_PARTS", 1)
    with pytest.raises(RefusalError, match="ZIP bomb"):
        Archive(bind({"a": "x"}))
    with pytest.raises(RefusalError, match="is damaged"):
        archive.read("gone")
