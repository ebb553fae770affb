"""Web pages and mail: the article and nothing else, in any encoding; and `qa clean`."""

import json
from pathlib import Path
from typing import Any

import pytest

import qa
from qa.cli import main
from qa.documents import collect, read, tree
from qa.documents.blocks import tidy
from qa.documents.encoding import decode
from tests.writers import message

PAGES = Path(__file__).parent / "cases" / "pages"
EXPECTED = [json.loads(line) for line in (PAGES / "expected.jsonl").read_text("utf-8").splitlines()]


@pytest.mark.parametrize("expected", EXPECTED, ids=[row["page"] for row in EXPECTED])
def test_a_page_gives_its_article_and_no_furniture(expected: dict[str, Any]) -> None:
    document, receipt = read(PAGES / expected["page"])
    assert [s for s in expected["kept"] if s not in document.text] == []
    assert [s for s in expected["dropped"] if s in document.text] == []
    for name in ("title", "author", "date"):
        assert getattr(document, name) == expected[name], name
    assert [span.of(document.text) for span in document.captions] == expected["captions"]
    # What is not kept is not lost: the receipt has it, with a reason.
    dropped = "\n".join(block.text for block in receipt.dropped)
    assert [s for s in expected["dropped"] if tidy(s) not in dropped] == []
    assert all(block.dropped for block in receipt.dropped)
    assert "".join(block.span.of(receipt.source) for block in receipt.blocks) == receipt.source
    assert document.text == "\n\n".join(block.text for block in receipt.kept)
    assert document.pages == ()
    assert document.page_of(0) is None


def test_all_twelve_pages_are_there() -> None:
    assert sorted(row["page"] for row in EXPECTED) == sorted(p.name for p in PAGES.glob("*.html"))
    assert len(EXPECTED) == 12
    assert sum(len(row["kept"]) for row in EXPECTED) > 100
    assert sum(len(row["dropped"]) for row in EXPECTED) > 100


def test_reasons_say_what_a_part_of_a_page_was_for() -> None:
    reasons = {
        block.text: block.dropped
        for page in ("article-tag", "comments", "cookies", "ads-between", "related-boxes")
        for block in read(PAGES / f"{page}.html")[1].dropped
    }
    assert reasons["Harbour watch"] == "navigation"
    assert reasons["Most read"] == "beside the article"
    assert reasons["By Mara Quill, harbour reporter"] == "byline or date"
    assert reasons["OldOak says:"] == "comments"
    assert reasons["Accept all"] == "button"
    assert reasons["Change your consent choices at any time."] == "cookie notice"
    assert reasons["Ads by Brightline"] == "advertisement"
    assert reasons["Related"] == "links to other stories"


@pytest.mark.parametrize(
    ("page", "text"),
    [
        ("<p>Only this.", "Only this."),  # too small to tell: nothing is lost
        ("<html><body>Plain<br><br>words &amp; more</body></html>", "Plain\n\nwords & more"),
        (
            "<p><span>T</span>he <b>tram</b> op<i>ens</i>.</p><p hidden>No</p><script>x()</script>",
            "The tram opens.",
        ),
        ("<p>a\u200bb\u202ec\u00a0d</p>", "abc d"),
        ("<p>One line<br>and the next.</p>", "One line and the next."),
    ],
)
def test_small_pages_are_read_as_they_look(page: str, text: str, tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text(page, encoding="utf-8")
    assert read(tmp_path / "a.html")[0].text == text


@pytest.mark.parametrize(
    ("page", "sentence"),
    [
        ("<html><body><script>x()</script></body></html>", "is empty; give a file that"),
        ("<div>" * 5000 + "x", "nests its elements too deep"),
        ("<p>\0\0\0\0binary", "looks like a binary file"),
        ("<!-- nothing -->", "is empty; give a file that holds text."),
        ("<body><nav>Home</nav></body>", 'a.html holds no text besides page furniture ("Home")'),
    ],
)
def test_pages_without_text_get_one_sentence(page: str, sentence: str, tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text(page)
    with pytest.raises(qa.DocumentError) as error:
        read(tmp_path / "a.html")
    assert sentence in str(error.value)
    assert "\n" not in str(error.value)


def test_a_large_page_is_read_in_a_child_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = (PAGES / "print.html").read_bytes()
    (tmp_path / "a.html").write_bytes(page)
    here = read(tmp_path / "a.html")
    monkeypatch.setattr("qa.documents.reading._LARGE", 10)
    monkeypatch.setattr("qa.documents.readers.extract", None)  # the child has its own
    assert read(tmp_path / "a.html") == here


TEXTS = [
    ("utf-8-sig", "Zürich’s bridge opens."),
    ("utf-16", "Zürich’s bridge opens."),
    ("utf-32", "Zürich’s bridge opens."),
    ("latin-1", "Zürich"),
    ("cp1252", "The café opens on Monday – “soon”, she said. It cost £12m."),
    ("cp1251", "Мост открывается в мае, сказал мэр города."),
    ("cp1250", "Most przez rzekę został otwarty w środę, powiedział burmistrz. Źródło"),
    ("shift_jis", "橋は五月に開通する。市長が述べた。新しい橋です。"),
    ("gb18030", "大桥将于五月开放，市长说。"),
]


@pytest.mark.parametrize(("encoding", "text"), TEXTS)
def test_text_in_other_encodings_is_read(
    encoding: str, text: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "a.txt").write_bytes(text.encode(encoding))
    with caplog.at_level("INFO", "qa"):
        assert read(tmp_path / "a.txt")[0].text == text
    # A guess is told, for it can be wrong.
    assert ("is not UTF-8; it is read as" in caplog.text) == (not encoding.startswith("utf"))


def test_what_a_page_declares_comes_before_guessing() -> None:
    data = "Köprü mayısta açılıyor".encode("cp1254")
    assert decode(data, "a", declared="windows-1254") == "Köprü mayısta açılıyor"
    assert decode(data, "a", declared="no-such-encoding")
    assert decode(data, "a", declared="nul\0")


@pytest.mark.parametrize("declared", ["iso-8859-1", "latin1", "us-ascii"])
def test_what_is_declared_means_what_browsers_take_it_for(declared: str) -> None:
    text = "The visit runs 27–29 May and costs €500, the mayor’s office said."
    assert decode(text.encode("cp1252"), "a", declared=declared) == text


def test_seven_bit_japanese_is_read_as_declared() -> None:
    text = "橋は五月三日に開く。"
    assert decode(text.encode("iso-2022-jp"), "a", declared="iso-2022-jp") == text


def test_damaged_utf8_stays_utf8() -> None:
    text = "The bridge – a “gift” – opens on 3 May. Zürich’s too"
    damaged = "Der Bürgermeister sprach – a".encode("cp1252") + b"\x81b"
    assert decode(damaged, "a", declared="latin1") == "Der Bürgermeister sprach – a\ufffdb"
    assert decode((text + "…").encode()[:-1], "a") == text + "\ufffd"
    assert decode(text.encode() + b" caf\xe9", "a", declared="latin1") == text + " caf\ufffd"


@pytest.mark.parametrize("shift", ["", "a"])
def test_a_guess_cuts_no_character(shift: str) -> None:
    text = shift + "橋は五月に開通する。市長が述べた。新しい橋です。\n" * 2000
    assert decode(text.encode("shift_jis"), "a") == text
    text = f"Titel\n{text.replace(chr(10), '')}"
    assert decode(text.encode("shift_jis"), "a") == text


MESSAGE = """Dear all,

The crane comes on Monday — at the café quay.

On Thu, 12 Mar 2026, Bob wrote:
> When does it come?
> It was promised for May.

It will cost 42 million crowns.

Regards
--\x20
Mara Quill
Harbour office
"""


def test_a_message_gives_its_own_words(tmp_path: Path) -> None:
    mail = message()
    mail.set_content(MESSAGE)
    mail.add_alternative("<p>Not this part.</p>", subtype="html")
    mail.add_attachment(b"%PDF", maintype="application", subtype="pdf", filename="minutes.pdf")
    (tmp_path / "a.eml").write_bytes(bytes(mail))
    document, receipt = read(tmp_path / "a.eml")
    assert document.text == (
        "Dear all,\n\nThe crane comes on Monday — at the café quay.\n\n"
        "It will cost 42 million crowns.\n\nRegards"
    )
    assert (document.title, document.author) == ("The crane – news", "Mara Quill")
    assert document.date == "2026-03-13"
    dropped = {block.text: block.dropped for block in receipt.dropped}
    assert dropped["> When does it come?"] == "quoted from an earlier message"
    assert dropped["On Thu, 12 Mar 2026, Bob wrote:"] == "quoted from an earlier message"
    assert dropped["Harbour office"] == "signature"
    assert dropped["[attachment: minutes.pdf]"] == "attachment; read it as a file"


def test_a_message_in_html_alone_and_one_in_an_old_encoding(tmp_path: Path) -> None:
    mail = message()
    mail.set_content("<h1>News</h1><p>The crane <b>comes</b> on Monday.</p>", subtype="html")
    (tmp_path / "a.eml").write_bytes(bytes(mail))
    assert read(tmp_path / "a.eml")[0].text == "News\n\nThe crane comes on Monday."
    mail = message()
    mail.set_content("Die Brücke öffnet.", charset="iso-8859-1", cte="quoted-printable")
    (tmp_path / "b.eml").write_bytes(bytes(mail))
    assert read(tmp_path / "b.eml")[0].text == "Die Brücke öffnet."


REPLY = """<div>I agree with the plan.</div><div class="gmail_quote"><div class="gmail_attr">On Mon,
Bob wrote:</div><blockquote class="gmail_quote">It costs 12 million.</blockquote>
<div>That is too much.</div></div><div class="gmail_signature">Ann</div>"""
OUTLOOK = """<p>I agree with the plan.</p><div id="divRplyFwdMsg"><b>From:</b> Bob</div>
<div><p>It costs 12 million.</p></div>"""
APPLE = """<p>I agree with the plan.</p><blockquote type="cite">It costs 12 million.</blockquote>
<blockquote>Her own quotation.</blockquote>"""


@pytest.mark.parametrize(
    ("body", "subtype", "kept", "signature"),
    [
        (REPLY, "html", "I agree with the plan.\n\nThat is too much.", "Ann"),
        (OUTLOOK, "html", "I agree with the plan.", None),
        (APPLE, "html", "I agree with the plan.\n\nHer own quotation.", None),
        (
            "I agree with the plan.\n\n-----Original Message-----\n\nIt costs 12 million.",
            "plain",
            "I agree with the plan.",
            None,
        ),
    ],
)
def test_what_another_wrote_is_dropped_however_it_is_marked(
    body: str, subtype: str, kept: str, signature: str | None, tmp_path: Path
) -> None:
    mail = message()
    mail.set_content(body, subtype=subtype)
    (tmp_path / "a.eml").write_bytes(bytes(mail))
    document, receipt = read(tmp_path / "a.eml")
    assert document.text == kept
    dropped = {block.text: block.dropped for block in receipt.dropped}
    assert dropped["It costs 12 million."] == "quoted from an earlier message"
    assert [text for text, why in dropped.items() if why == "signature"] == (
        [signature] if signature else []
    )


@pytest.mark.parametrize(
    ("body", "subtype"),
    [
        ("--\nAnn\n-----Original Message-----\nFrom: Bob\n\nIt costs 12 million.", "plain"),
        ('<div class="gmail_signature">Ann</div>' + OUTLOOK.partition("</p>")[2], "html"),
        ('<blockquote class="gmail_quote">It costs 12 million.</blockquote>', "html"),
    ],
)
def test_a_message_that_only_forwards_another_is_that_one(
    body: str, subtype: str, tmp_path: Path
) -> None:
    mail = message()
    mail.set_content(body, subtype=subtype)
    (tmp_path / "a.eml").write_bytes(bytes(mail))
    text = read(tmp_path / "a.eml")[0].text
    assert text.endswith("It costs 12 million.")
    assert "Ann" not in text


@pytest.mark.parametrize("form", ["plain", "html", "both"])
def test_a_message_goes_on_after_a_picture_in_it(form: str, tmp_path: Path) -> None:
    mail = message()
    mail.set_content("<p>Here is the bridge:</p>" if form == "html" else "Here is the bridge:",
                     subtype="html" if form == "html" else "plain")  # fmt: skip
    if form == "both":
        mail.add_alternative("<p>Here is the bridge:</p>", subtype="html")
    mail.add_attachment(b"jpg", maintype="image", subtype="jpeg", disposition="inline")
    mail.add_attachment("It opens on 3 May.", disposition="inline")
    mail.add_attachment("Not this.", filename="notes.txt")
    (tmp_path / "a.eml").write_bytes(bytes(mail))
    document, receipt = read(tmp_path / "a.eml")
    assert document.text == "Here is the bridge:\n\nIt opens on 3 May."
    assert [block.text for block in receipt.dropped] == [
        "[attachment: image/jpeg]",
        "[attachment: notes.txt]",
    ]


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"Just a text.\n\nNothing else.", "is no mail message, or damaged"),
        (b"Subject: empty\n\n", "is empty; give a file that holds text."),
        (b"From: " + b"(" * 8000 + b"\n\nbody", "is damaged; save it again, or as text."),
        (b"Subject: x\n\n\0\0\0\0", "looks like a binary file"),
    ],
)
def test_what_is_no_message_gets_one_sentence(data: bytes, sentence: str, tmp_path: Path) -> None:
    (tmp_path / "a.eml").write_bytes(data)
    with pytest.raises(qa.DocumentError, match=sentence):
        read(tmp_path / "a.eml")


@pytest.mark.parametrize(
    "head",
    [
        b"Subject: " + b"=?utf-8?q?a?= " * 40000,
        b"Subject: x\nCONTENT-TYPE: text/plain; charset=" + b"> " * 90000,
        b"Subject: x\r\nFrom: a" + b"\r\n (" * 9000,
    ],
)
def test_a_message_made_to_keep_its_parser_busy_is_refused(head: bytes, tmp_path: Path) -> None:
    (tmp_path / "a.eml").write_bytes(head + b"\n\nbody")
    with pytest.raises(qa.DocumentError, match="has a header longer than mail has; save it again"):
        read(tmp_path / "a.eml")


def test_a_message_to_very_many_is_read(tmp_path: Path) -> None:
    mail = message(To=", ".join(f"crew{n}@ellis.example" for n in range(2000)))
    mail.set_content("The crane comes.\n\n" + "word " * 9000)
    (tmp_path / "a.eml").write_bytes(bytes(mail))
    assert read(tmp_path / "a.eml")[0].text == "The crane comes.\n\n" + ("word " * 9000).strip()


def test_a_folder_gives_files_of_every_kind(tmp_path: Path) -> None:
    mail = message()
    mail.set_content("The crane comes.")
    (tmp_path / "a.eml").write_bytes(bytes(mail))
    (tmp_path / "b.HTM").write_text("<p>The tram opens.")
    (tmp_path / "c.txt").write_text("The bridge opens.")
    (tmp_path / "d.png").write_bytes(b"\x89PNG")
    assert [found.document.text for found in collect([tmp_path])] == [
        "The crane comes.",
        "The tram opens.",
        "The bridge opens.",
    ]


def test_clean_shows_what_is_kept_and_dropped_and_why(capsys: pytest.CaptureFixture[str]) -> None:
    page = PAGES / "article-tag.html"
    assert main(["clean", str(page)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[:5] == [
        "source: article-tag.html",
        "title: Port Ellis to rebuild its tidal lock after winter storms",
        "author: Mara Quill",
        "date: 2026-03-14",
        "blocks: 9 kept, 13 dropped (each with - and why)",
    ]
    assert "- navigation: Harbour watch" in lines
    assert "# Eleven weeks without a basin" in lines
    assert any(line.startswith("  (caption) The seaward gates") for line in lines)
    assert main(["clean", str(page), "--json"]) == 0
    values = json.loads(capsys.readouterr().out)
    document, receipt = read(page)
    assert (values["text"], values["title"]) == (document.text, document.title)
    assert [(b["text"], b["dropped"]) for b in values["blocks"]] == [
        (b.text, b.dropped) for b in receipt.blocks
    ]


def test_clean_cannot_move_the_cursor(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.txt").write_text("The tram \u009b31m opens \x1b[2J in June.\n\nComments")
    assert main(["clean", str(tmp_path / "a.txt")]) == 0
    assert not set(capsys.readouterr().out) & {"\x1b", "\x9b"}


def test_what_a_page_hides_in_a_line_is_dropped(tmp_path: Path) -> None:
    page = (
        '<p>It costs <span style="display:none">12 or</span>10 euros.</p><table><tr><td>a'
        '<span hidden>k</span></td><td style="display:none">x</td><td>b</td></tr></table>'
    )
    assert [(piece.text, piece.dropped) for piece in tree.pieces(tree.parse(page))] == [
        ("It costs 10 euros.", None),
        ("12 or", tree.HIDDEN),
        ("a | b", None),
        ("k x", tree.HIDDEN),
    ]
    told = (
        "The mayor told reporters on Monday that the new ferry across the bay will sail from May, "
        'and that a ticket will cost <span style="display:none">12 euros or maybe</span> 10 euros.'
    )
    more = "".join(
        f"<p>Of the {n} boats that sailed, all came back to the quay.</p>" for n in range(9)
    )
    (tmp_path / "a.html").write_text(f"<article><h1>Ferry</h1><p>{told}</p>{more}</article>")
    document, receipt = read(tmp_path / "a.html")
    assert "a ticket will cost 10 euros." in document.text
    assert ("12 euros or maybe", tree.HIDDEN) in [(b.text, b.dropped) for b in receipt.dropped]
