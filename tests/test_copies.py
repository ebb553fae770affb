"""Copies: what repeats another document word for word is folded, and nothing else ever is."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import qa
from qa.cli import main
from qa.copies import covers, fold, plain_words, untitled
from qa.embedder import Embedder
from qa.testing import WordCountEmbedder
from qa.types import Passage, hit_to_dict

SAME = [
    ("The bridge opens on 3 May.", "THE  BRIDGE, opens on 3 may"),
    ("He said: \u201cIt\u2019s open\u201d.", 'He said "It\'s open"'),
    ("From 2020\u201321 \u2013 the talks", "From 2020-21 - the talks"),
    ("The fund (CTF) paid half!", "The fund [CTF] paid half."),
    ("Caf\u00e9s, bars", "Cafe\u0301s; bars"),
    ("\u5927\u6865\u4e94\u6708\u901a\u8f66\u3002", "\u5927\u6865\u4e94\u6708\u901a\u8f66"),
    ("In the U.S., prices", "In the U.S. prices"),
]
DIFFERENT = [
    ("It opens on 3 May.", "It opens on 4 May."),
    ("It opens on 3 May.", "It opens on 3 June."),
    ("It is open.", "It is not open."),
    ("It cost 1.5 million.", "It cost 15 million."),
    ("It cost 1,500 euros.", "It cost 1.500 euros."),
    ("It cost $5.", "It cost \u20ac5."),
    ("It fell by 5.", "It fell by 5%."),
    ("It was -5 degrees.", "It was 5 degrees."),
    ("It was \u22125 degrees.", "It was 5 degrees."),
    ("It took .5 hours.", "It took 5 hours."),
    ("At 10:30 they met.", "At 1030 they met."),
    ("It opens on 3 May?", "It opens on 3 May."),
    ("Ms Okafor spoke.", "Mr Okafor spoke."),
    ("Ines Okafor spoke.", "Inez Okafor spoke."),
    ("The man bit the dog.", "The dog bit the man."),
    ("It has been opened.", "It has been opening."),
    ("He's in.", "Hes in."),
    ("The p\u00e2t\u00e9 is old.", "The pate is old."),
    ("C++ won.", "C won."),
    ("It won 10\u00b2 votes.", "It won 102 votes."),
    ("Great \U0001f600", "Great \U0001f620"),
    ("\u5927\u6865\u4e94\u6708\u901a\u8f66\u3002", "\u5927\u6865\u516d\u6708\u901a\u8f66\u3002"),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_case_spaces_and_punctuation_are_overlooked(one: str, other: str) -> None:
    assert plain_words(one) == plain_words(other) != ()


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_what_may_be_the_answer_is_a_difference(one: str, other: str) -> None:
    assert plain_words(one) != plain_words(other)


def passage(document: str, *sentences: str) -> Passage:
    """Return a passage of sentences with a space between, the first beginning at 100."""
    spans, at = [], 100
    for sentence in sentences:
        spans.append(qa.Span(at, at + len(sentence)))
        at += len(sentence) + 1
    text = " ".join(sentences)
    return Passage(f"{document}:1", document, text, 100, 100 + len(text), tuple(spans))


A, B, C = "The bridge opens on 3 May.", "It cost 42 million euros.", "Work took four years."


@pytest.mark.parametrize(
    ("longer", "shorter", "covered"),
    [
        ([A, B, C], [A, B, C], True),
        ([A, B, C], [B], True),
        ([A, B, C], [B, C], True),
        ([A, B, C], [A.upper()], True),
        ([A, B, C], [A, C], False),
        ([A, B, C], [B, A], False),
        ([A, B], [A, B, C], False),
        ([f"It is false that {A}"], [A], False),
        (["Nobody said it. Ever."], ["Nobody said it.", "Ever."], True),  # cut otherwise
        ([A, "\u2026"], ["\u2014", A], True),
        ([A], ["\u2026"], False),
        (["\u2026"], ["\u2026"], False),
    ],
)
def test_only_whole_sentences_are_covered(
    longer: list[str], shorter: list[str], covered: bool
) -> None:
    assert covers(passage("a", *longer), passage("b", *shorter)) is covered


def test_folding_keeps_the_order_and_hides_nothing_new() -> None:
    passages = [
        passage("a", A, B),
        passage("b", B),  # in the first
        passage("a", A, B),  # the same document says it again
        passage("c", A, B, C),  # says more than the first
        passage("d", C),  # in the longer one
        passage("e", A.replace("3", "4"), B),
        passage("f", A, B),
    ]
    assert fold(passages, [""] * 7, 9) == [(0, [1, 6]), (2, []), (3, [4]), (5, [])]
    assert fold(passages, [""] * 7, 1) == [(0, [1, 6])]
    assert fold([], [], 3) == []


def test_a_title_of_its_own_is_no_difference_but_a_sentence_like_it_is() -> None:
    plain, titled = passage("a", A, B), passage("b", "Bridge opens", A, B)
    assert not covers(plain, titled)
    assert not covers(plain, titled, "Bridge")
    assert covers(plain, titled, "Bridge opens")
    assert untitled(titled, "Bridge opens") == titled.sentences[1:]
    assert covers(passage("a", "Open soon", A, B), titled, "Bridge opens")
    assert not covers(plain, passage("b", "Bridge opens"), "Bridge opens")


SENTENCES = st.lists(st.sampled_from([A, B, C, "Trade.", "Trade talks.", "\u2026"]), max_size=4)


@given(
    st.lists(st.tuples(st.sampled_from("abc"), SENTENCES), max_size=12),
    st.sampled_from(["", "Trade.", "Trade", f"Trade talks. {A}"]),
    st.integers(1, 5),
)
def test_folding_is_what_comparing_all_pairs_gives(
    made: list[tuple[str, list[str]]], title: str, k: int
) -> None:
    passages = [passage(document, *sentences) for document, sentences in made]
    expected: list[tuple[int, list[int]]] = []
    for place, one in enumerate(passages):
        better = [
            copies
            for first, copies in expected
            if passages[first].document_id != one.document_id
            and covers(passages[first], one, title)
        ]
        if better:
            better[0].append(place)
        elif len(expected) < k:
            expected.append((place, []))
    assert fold(passages, [title] * len(passages), k) == expected


WIRE = """The ferry Alma ran aground off Tern Island early on Monday with 212 people on board.

All passengers were brought ashore by lifeboats before noon, the coast guard said. Two were \
treated for bruises.

The ferry company Norline said the pilot's radar had failed at 4:10 a.m.
"""
PAPERS = {
    "Ferry aground, all safe": WIRE,
    "212 rescued from ferry": "Readers saw smoke.\n\n" + WIRE.replace("Tern Is", "TERN is"),
    "Alma runs aground": WIRE.replace("4:10", "4:40"),
}  # fmt: skip


def index_of(texts: dict[str, str], embedder: Embedder) -> qa.Index:
    documents = [
        qa.Document(f"{title}\n\n{text}" if title in PAPERS else text, title=title)
        for title, text in texts.items()
    ]
    return qa.Index.build(documents, embedder=embedder, asking=embedder)


def test_wire_copy_is_one_hit_with_its_copies(twin: Embedder) -> None:
    index = index_of(PAPERS, twin)
    hits = qa.retrieve("How many people were on board the ferry?", k=4, index=index)
    assert len(hits) == 4
    texts = [hit.passage.text for hit in hits]
    assert plain_words(WIRE.partition("\n")[0]) == plain_words(texts[0])[-17:]
    assert len({" ".join(plain_words(text)) for text in texts}) == 4
    assert {hits[0].document.title, *(c.document.title for c in hits[0].copies)} == set(PAPERS)
    for hit in hits:
        for copy in hit.copies:
            assert copy.document.id != hit.document.id
            said = copy.span.of(copy.document.text)
            assert plain_words(said) == plain_words(hit.passage.text)[-len(plain_words(said)) :]
            assert copy.document.title not in said
    assert [one["document"]["title"] for one in hit_to_dict(hits[0])["copies"]] == [
        copy.document.title for copy in hits[0].copies
    ]
    assert [(one["start"], one["end"]) for one in hit_to_dict(hits[0])["copies"]] == [
        (copy.span.start, copy.span.end) for copy in hits[0].copies
    ]


def test_a_copy_with_another_number_is_a_hit_of_its_own(twin: Embedder) -> None:
    hits = qa.retrieve("When did the radar fail?", k=2, index=index_of(PAPERS, twin))
    assert {"4:10" in hit.passage.text for hit in hits} == {True, False}
    assert all("radar" in hit.passage.text for hit in hits)
    changed = next(hit for hit in hits if "4:40" in hit.passage.text)
    assert changed.copies == ()


def test_many_copies_leave_as_many_hits_as_asked() -> None:
    embedder = WordCountEmbedder(["trade", "visit"])
    # More copies than there are candidates of either kind, and three passages that are none.
    texts = {f"Paper {n}": f"Trade talks.\n\nPaper {n} has a page {n}." for n in range(250)}
    others = ["Trade and visit.", "A visit and trade and rain.", "The visit."]
    texts |= {text: text for text in others}
    hits = qa.retrieve("trade?", k=3, index=index_of(texts, embedder))
    assert [hit.passage.text for hit in hits[:2]] == ["Trade talks.", "Trade and visit."]
    assert len({hit.passage.text for hit in hits}) == 3
    assert {copy.document.title for copy in hits[0].copies} == {f"Paper {n}" for n in range(1, 250)}


def test_the_command_line_names_the_copies(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for number, (title, text) in enumerate(PAPERS.items()):
        (tmp_path / f"{number}.md").write_text(f"# {title}\n\n{text}")
    folder = str(tmp_path / "i")
    assert main(["build", str(tmp_path), "--folder", folder]) == 0
    (tmp_path / "alone.md").write_text("# Tide tables\n\nThe tide turns at noon in Merrow.")
    built = capsys.readouterr().out.splitlines()
    # The longest first, the others in order.
    first, second, third = PAPERS
    group = f"Nearly the same text: {second}; {first}; {third}"
    assert built[1] == group
    assert main(["add", str(tmp_path / "alone.md"), "--folder", folder]) == 0
    assert "Nearly" not in capsys.readouterr().out  # it is nobody's copy
    again = tmp_path / "again.md"
    again.write_text(f"# Once more\n\n{PAPERS[second]}")
    assert main(["add", str(again), "--folder", folder]) == 0
    [named] = [line for line in capsys.readouterr().out.splitlines() if "Nearly" in line]
    assert set(named.partition(": ")[2].split("; ")) == {first, second, third, "Once more"}
    assert main(["remove", str(again), "--folder", folder]) == 0
    capsys.readouterr()
    assert main(["list", "--index", folder]) == 0
    assert capsys.readouterr().out.splitlines()[4:] == [group]
    assert main(["list", "--index", folder, "--json"]) == 0
    rows = {row["title"]: row for row in json.loads(capsys.readouterr().out)}
    ids = {title: row["id"] for title, row in rows.items()}
    assert {title: row["near_copies"] for title, row in rows.items()} == {
        first: [ids[second], ids[third]],
        second: [ids[first], ids[third]],
        third: [ids[second], ids[first]],
        "Tide tables": [],
    }
    asked = ["How many people were on board?", "--index", folder]
    assert main(["retrieve", *asked, "--json", "-k", "1"]) == 0
    (hit,) = json.loads(capsys.readouterr().out)
    names = [copy["document"]["title"] for copy in hit["copies"]]
    assert len(names) == 2
    assert main(["retrieve", *asked, "-k", "1"]) == 0
    assert capsys.readouterr().out == f"\n[1] {hit['text']}\n(also in: {'; '.join(names)})\n"
