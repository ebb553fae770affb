"""Citations: they hold for any text and place, and what becomes of them is told exactly."""

import ast
import hashlib
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import qa
from qa import verifier
from qa.cli import main
from tests.conftest import BRIDGE, ROOT

TEXT = (
    "The mayor, Ines Okafor, said: \u201cIt opens on 3 May.\u201d \U0001f389 Caf\u00e9s stay shut."
)
PLACE = TEXT.index("3 May")


def citation(text: str = "3 May", start: int = PLACE, **changes: Any) -> dict[str, Any]:
    document = {"sha256": hashlib.sha256(TEXT.encode()).hexdigest(), "source": "news/b.txt"}
    return {
        "text": text, "start": start, "end": start + len(text), "document": document, **changes
    }  # fmt: skip


def answered(**changes: Any) -> dict[str, Any]:
    """Return an answer's values, as far as they are checked."""
    sentence = {"sentence": TEXT[31:49], "sentence_start": 31}
    return {**citation(), "answer": "3 May", "hits": [], **sentence, **changes}


def answer_of(document: qa.Document, span: qa.Span) -> qa.Answer:
    return qa.Answer(
        "q?", "q?", span.of(document.text), span, span, document, 1.0, "possible", (), ()
    )


@st.composite
def quoted(draw: st.DrawFn) -> tuple[qa.Document, qa.Span]:
    document = qa.Document(
        draw(st.text(st.characters(codec=None))), title=draw(st.text()), source=draw(st.text())
    )
    edges = st.integers(0, len(document.text))
    return document, qa.Span(*sorted((draw(edges), draw(edges))))


@given(st.text("ab", max_size=30), st.text("ab", max_size=5))
def test_the_last_place_of_a_quote_is_rfinds(text: str, part: str) -> None:
    assert verifier._last(text, part) == text.rfind(part)


@given(quoted())
def test_any_quote_of_any_text_holds_through_json(given: tuple[qa.Document, qa.Span]) -> None:
    document, span = given
    cited = qa.cite(answer_of(document, span))
    assert cited is not None
    points = [ord(character) for character in document.text]
    assert [ord(c) for c in cited["text"]] == points[cited["start"] : cited["end"]]
    assert cited["document"]["sha256"] == hashlib.sha256(document.text.encode()).hexdigest()
    for indent in (None, 2):
        found = verifier.read(json.dumps(cited, indent=indent))
        assert verifier.check(found, [("a", "other"), ("b", document.text)])[0].holds


@given(quoted(), st.text(min_size=1))
def test_a_text_put_before_is_a_change_and_the_quote_is_found_behind_it(
    given: tuple[qa.Document, qa.Span], added: str
) -> None:
    document, span = given
    cited = verifier.quotes(qa.cite(answer_of(document, span)))
    later = added + document.text
    (finding,) = verifier.check(cited, [(f"{document.id}.txt", later)])
    assert finding.verdict == "changed"
    place = finding.detail.split("stands at ")[-1].split(" ")[0].split("-")
    assert later[int(place[0]) : int(place[1])] == span.of(document.text)


def test_a_citation_stands_alone(bridge: qa.Index) -> None:
    (hit,) = qa.retrieve("When does the bridge open?", k=1, index=bridge)
    document = hit.document
    assert qa.cite(hit) == {
        "citation": 1,
        "kind": "passage",
        "text": hit.passage.text,
        "start": hit.passage.start,
        "end": hit.passage.end,
        "unit": "characters, half-open",
        "document": {
            "sha256": hashlib.sha256(document.text.encode()).hexdigest(),
            "title": "Harbour bridge opens in May",
            "source": "bridge.txt",
        },
    }
    silent = qa.ask("Who won the chess final?", index=bridge)
    assert qa.cite(silent) is None
    with pytest.raises(qa.CitationError, match="Citation 1 is not an object with a document"):
        qa.verify(qa.cite(silent), document)  # type: ignore[arg-type]


MISQUOTED = "misquoted: x is the document cited, and does not say "
CHANGED = 'changed: b.txt has another text than when it was cited; the quote "3 May" '
ANOTHER = 'another document: what is cited ("news/b.txt") was not given'
BY_HASH = hashlib.sha256(TEXT.encode()).hexdigest()[:16] + ".txt"


# TEXT[43:48] is "3 May", and the emoji stands at 51, as counted by hand.
@pytest.mark.parametrize(
    ("cited", "name", "text", "finding"),
    [
        (citation(), "b.txt", TEXT, 'holds: "3 May" at 43-48 of b.txt'),
        (citation("\U0001f389", 51), "x", TEXT, 'holds: "\U0001f389" at 51-52 of x'),
        (
            citation("4 May"),
            "x",
            TEXT,
            MISQUOTED + '"4 May" at 43-48; the quote stands nowhere in it',
        ),
        (citation(start=42), "x", TEXT, MISQUOTED + '"3 May" at 42-47; the quote stands at 43-48'),
        (citation(), "b.txt", TEXT + " More.", CHANGED + "still stands at 43-48"),
        (citation(), "b.txt", "3 May. " + TEXT, CHANGED + "stands at 50-55 (and 1 more time)"),
        (citation(), "b.txt", "Now 3 May.", CHANGED + "stands at 4-9"),
        (citation(), "b.txt", TEXT.replace("3", "4"), CHANGED + "stands in it no more"),
        (citation(), BY_HASH, "", CHANGED.replace("b.txt", BY_HASH) + "stands in it no more"),
        (citation(), "c.txt", "No.", ANOTHER),
        (
            citation(),
            "c\x1b[2J.txt",
            "On 3 May.",
            ANOTHER + '; in c [2J.txt the quote "3 May" stands at 3-8',
        ),
        (
            citation(),
            "",
            "On 3 May.",
            ANOTHER + '; in one that was the quote "3 May" stands at 3-8',
        ),
    ],
)
def test_what_became_of_a_quote_is_told_exactly(
    cited: dict[str, Any], name: str, text: str, finding: str
) -> None:
    (found,) = verifier.check(verifier.quotes(cited), [("other", "Nothing."), (name, text)])
    assert str(found) == finding
    assert found.holds == finding.startswith("holds")


NO_FIELDS = {"text": "3 May", "start": PLACE, "end": PLACE + 5}


def refused_alike(paths: list[str], sentence: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Both the command and the script alone say one sentence and end with 2."""
    for run, arguments in ((main, ["verify", *paths]), (verifier.main, paths)):
        code = run(arguments)
        streams = capsys.readouterr()
        assert (code, streams.out) == (2, "")
        assert sentence in streams.err
        assert streams.err.count("\n") == 1
        assert streams.err.endswith(".\n")


@pytest.mark.parametrize(
    ("written", "sentence"),
    [
        ("", "no citation; give citations as qa cite or qa ask --json writes them, or a kept con"),
        ("[]", "There is no citation"),
        ('{"answer": null, "hits": []}', "There is no citation"),
        ("3 May", "Line 1 is not JSON (Extra data)"),
        (json.dumps(citation()) + "\n{", "Line 2 is not JSON (Expecting property name"),
        ("9" * 5000, "Line 1 is not JSON (ValueError)"),
        ("[" * 200_000, "Line 1 is not JSON (RecursionError)"),
        ("7", "Citation 1 is not an object with a document"),
        ("[[]]", "Citation 1 is not an object with a document"),
        (json.dumps([citation(), NO_FIELDS]), "Citation 2 is not an object with a document"),
        (json.dumps({**NO_FIELDS, "document": {}}), "Citation 1 has no document.sha256 of 64"),
        (json.dumps(citation(document={"sha256": "A" * 64})), "has no document.sha256 of 64"),
        (json.dumps({**citation(), "text": None}), "Citation 1 has no text"),
        (json.dumps({**citation(), "start": None}), "has no start that is a whole number"),
        (json.dumps({**citation(), "start": "43"}), "has no start that is a whole number"),
        (json.dumps(citation(end=49.0)), "has no end that is a whole number"),
        (json.dumps(citation(end=True)), "has no end that is a whole number"),
        (json.dumps(citation(end=10**400)), "has offsets that do not fit its text of 5 char"),
        (json.dumps(citation(start=-5, end=0)), "has offsets that do not fit"),
        (json.dumps(citation(start=49, end=44)), "has offsets that do not fit"),
        (json.dumps(citation(start=10**400, end=10**400 + 5)), "has offsets that do not fit"),
        ('{"text": "", "start": 1e999, "end": 0, "document": {}}', "has no start that is a whole"),
        (json.dumps(citation(start=9000)), "A citation ends at 9005, but the document it cites"),
        (json.dumps(citation(citation=2)), 'is of format "2", and 1 is what is read here'),
        (json.dumps(citation(citation=[{}])), 'is of format "list"'),
        (json.dumps(citation(unit="bytes")), 'offsets in "bytes", not in "characters, half-open"'),
        (
            json.dumps(citation(document={**citation()["document"], "title": 1})),
            "has a title or source that is no text",
        ),
        ('{"answer": 1, "hits": []}', "Citation 1 is not an object with a document"),
        (json.dumps(answered(sentence_start="31")), "Citation 2 has no start that is a whole"),
        (json.dumps(answered(sentence_start=-1)), "Citation 2 has offsets that do not fit its"),
        ('{"turns": []}', "There is no citation"),
        ('{"turns": [7]}', "Citation 1 is not an object with a document"),
        ('{"turns": [{"answer": null}]}', "Citation 1 is not an object with a document"),
        ('{"turns": {}}', "Citation 1 is not an object with a document"),
        ('{"conversation": 2, "turns": []}', 'conversation is of format "2", and 1 is what is'),
        ('{"conversation": true, "turns": []}', 'conversation is of format "True", and 1'),
        (
            "\n<!doctype html><script>[]</script>",
            "The page carries no citations; give citations as",
        ),
        ('<script type="application/json">{</script>', "Line 1 is not JSON (Expecting property"),
        ("\ud800", "is not UTF-8 text; save it with that encoding."),
        (None, "cannot be read (No such file or directory); check the path."),
    ],
)
def test_bad_citations_are_one_sentence_and_exit_code_2(
    written: str | None, sentence: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "b.txt").write_text(TEXT, "utf-8")
    if written is not None:
        (tmp_path / "c.json").write_bytes(written.encode("utf-8", "surrogatepass"))
    paths = [str(tmp_path / "c.json"), str(tmp_path / "b.txt")]
    refused_alike(paths, sentence, capsys)


@pytest.mark.parametrize(
    ("name", "sentence"),
    [("gone.txt", "check the path."), (".", "not a file"), ("x.bin", "not"), ("a\0b", "null")],
)
def test_bad_documents_are_one_sentence_and_exit_code_2(
    name: str, sentence: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "c.json").write_text(json.dumps(citation()))
    (tmp_path / "x.bin").write_bytes(b"\xff\0")
    paths = [str(tmp_path / "c.json"), str(tmp_path / name)]
    refused_alike(paths, sentence, capsys)


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    """Markdown whose cleaned text has other offsets than the file, and its index."""
    source = "---\nx: y\n---\n# *Harbour* bridge\n\nADVERTISEMENT\n\n" + BRIDGE.replace(
        "3 May", "**3 May**"
    )
    (tmp_path / "bridge.md").write_text(source, "utf-8")
    assert main(["build", str(tmp_path / "bridge.md"), "--folder", str(tmp_path / "i")]) == 0
    return tmp_path


def cite(folder: Path, capsys: pytest.CaptureFixture[str], *more: str) -> list[dict[str, Any]]:
    capsys.readouterr()
    asked = ["When does the bridge open?", "--index", str(folder / "i"), "-k", "2"]
    assert main(["cite", *asked, *more]) == 0
    written = capsys.readouterr().out
    (folder / "c.json").write_text(written, "utf-8")
    cited: list[dict[str, Any]] = json.loads(written)
    return cited


def verify(folder: Path, capsys: pytest.CaptureFixture[str], *names: str) -> tuple[int, list[str]]:
    code = main(["verify", *(str(folder / name) for name in names)])
    return code, [line.split(":")[0] for line in capsys.readouterr().out.splitlines()]


def test_what_is_cited_holds_for_the_file_it_was_built_from_until_it_changes(
    notes: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cited = cite(notes, capsys)
    assert [one["kind"] for one in cited] == ["answer", "passage", "passage"]
    assert "3 May" in cited[0]["text"]
    all_hold = (0, ["1 holds", "2 holds", "3 holds"])
    assert verify(notes, capsys, "c.json", "bridge.md") == all_hold
    (notes / "lines.jsonl").write_text("\n".join(map(json.dumps, cited)) + "\n")
    (notes / "other.txt").write_text("Another text.")
    assert verify(notes, capsys, "lines.jsonl", "other.txt", "bridge.md") == all_hold
    file = notes / "bridge.md"
    file.write_text(file.read_text("utf-8").replace("3 May", "4 May"), "utf-8")
    code, verdicts = verify(notes, capsys, "c.json", "bridge.md")
    assert (code, set(verdicts)) == (1, {"1 changed", "2 changed", "3 changed"})
    code, verdicts = verify(notes, capsys, "c.json", "other.txt")
    assert (code, verdicts[0]) == (1, "1 another document")


def test_an_answer_in_json_is_verified_with_its_passages(
    notes: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    for verb in ("ask", "retrieve"):
        asked = ["When does the bridge open?", "--index", str(notes / "i"), "-k", "2", "--json"]
        assert main([verb, *asked]) == 0
        written = capsys.readouterr().out
        (notes / "a.json").write_text(written, "utf-8")
        count = 2 if verb == "retrieve" else 4 if "sentence_start" in json.loads(written) else 3
        expected = [f"{number} holds" for number in range(1, count + 1)]
        assert verify(notes, capsys, "a.json", "bridge.md") == (0, expected)


def test_silence_is_told_and_the_nearest_passages_cited(
    notes: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    assert main(["cite", "Who won the chess final?", "--index", str(notes / "i")]) == 0
    streams = capsys.readouterr()
    assert streams.err == "qa: The brief does not say. The nearest passages are cited.\n"
    assert {one["kind"] for one in json.loads(streams.out)} == {"passage"}


def test_the_verifier_alone_checks_them_in_a_bare_interpreter(
    notes: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cited = cite(notes, capsys, "--text", str(notes / "texts"))
    (text,) = (notes / "texts").iterdir()
    assert hashlib.sha256(text.read_bytes()).hexdigest() == cited[0]["document"]["sha256"]
    assert verify(notes, capsys, "c.json", f"texts/{text.name}")[0] == 0
    away = notes / "away"
    away.mkdir()
    script = shutil.copy(ROOT / "qa" / "verifier.py", away)

    def check(*arguments: str | Path) -> tuple[int, str, str]:
        done = subprocess.run(
            [sys.executable, "-I", "-S", script, *arguments],
            capture_output=True, text=True, cwd=away, env={}, check=False,
        )  # fmt: skip
        return done.returncode, done.stdout, done.stderr

    code, out, err = check("../c.json", text)
    assert (code, out.count(" holds: "), err) == (0, 3, "")
    text.write_bytes(text.read_bytes().replace(b"3 May", b"4 May"))
    code, out, err = check("../c.json", text)
    assert (code, out.count(" changed: "), err) == (1, 3, "")
    code, out, err = check("../c.json", script)
    assert (code, out.count(" another document: "), err) == (1, 3, "")
    assert check("gone", text)[:2] == (2, "")
    assert check("gone") == (2, "", "usage: python verifier.py CITATIONS DOCUMENT...\n")


def test_the_verifier_imports_the_standard_library_alone() -> None:
    tree = ast.parse(Path(verifier.__file__).read_text("utf-8"))
    names = {
        alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import)
        for alias in node.names
    }
    names |= {str(node.module) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert {name.split(".")[0] for name in names} <= set(sys.stdlib_module_names)


def test_a_text_never_cleaned_is_written_and_verified_as_it_is(tmp_path: Path) -> None:
    document = qa.Document("ADVERTISEMENT\r\n\u200bIt  opens.\x85\U0001f389", source="a/../b")
    cited = qa.cite(answer_of(document, qa.Span(13, 18)))
    from qa.citations import write_texts

    (file,) = write_texts([document], tmp_path / "deep" / "texts")
    assert file.parent == tmp_path / "deep" / "texts"
    assert file.read_bytes().decode() == document.text
    (tmp_path / "c.json").write_text(json.dumps(cited))
    assert [str(f) for f in qa.verify(tmp_path / "c.json", file)] == [
        f'holds: "   It" at 13-18 of {file.name}'
    ]
    with pytest.raises(qa.CitationError, match=r"Texts cannot be written to .*; name a folder"):
        write_texts([document], file)
