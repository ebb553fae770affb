"""A folder of 200 files of seven kinds: every fact planted in one is found by its question."""

import itertools
import random
from dataclasses import dataclass
from pathlib import Path

import qa
from qa.types import hit_to_dict
from tests import writers

SUFFIXES = (*(".txt", ".md", ".html", ".eml") * 2, ".pdf", ".docx", ".epub")
FILES = 200
FACTS = (
    ("The {} cost {} crowns.", "What did the {} cost?"),
    ("The {} weighs {} stone.", "How much does the {} weigh?"),
    ("The {} was painted in the year {}.", "When was the {} painted?"),
    ("The {} has room for {} people.", "How many people does the {} hold?"),
)
KINDS = (
    "copper wooden glass velvet sunken haunted crooked golden marble paper twin hanging walled "
    "striped salt frozen secret round burnt singing"
).split()
THINGS = (
    "lighthouse orchard ferry clock school library mill bridge chapel theatre market bakery tower "
    "tunnel stable greenhouse windmill museum fountain boathouse"
).split()
# What fills the files says nothing of its own, so that only a fact answers its question.
FILLERS = (
    "Most of those who came on the first day had walked, and most of them walked home again.",
    "Nobody in the council wanted to say what the rebuilding of the old road would take.",
    "The rain of the last weeks has left the lower meadows under water, as it often does.",
    "A visitor asked the way to the harbour and was sent along the river by three people.",
    "The letters were read out in the evening, with the windows open and the lamps not lit.",
    "Some of the older maps show a path here, but no one who lives nearby remembers it.",
    "The choir sang twice, once indoors and once outside, where the wind took half the words.",
    "What the smith was told about the gate is not recorded in any of the books that were kept.",
)


@dataclass(frozen=True)
class Planted:
    """A sentence in a file, the question that asks for it, and the page it was put on."""

    file: str
    sentence: str
    question: str
    page: int | None


def plant(folder: Path) -> list[Planted]:
    """Write the files, with two facts in each on a page of its own."""
    chance = random.Random(200)
    things = [f"{kind} {thing}" for kind in KINDS for thing in THINGS]
    chance.shuffle(things)
    values = chance.sample(range(1100, 9900), len(things))
    planted = []
    for number in range(FILES):
        suffix = SUFFIXES[number % len(SUFFIXES)]
        name = f"file {number}{suffix}"
        pages = [[filler] for filler in chance.sample(FILLERS, 3)]
        for fact, page in zip((2 * number, 2 * number + 1), chance.sample(pages, 2), strict=True):
            says, asks = FACTS[fact % len(FACTS)]
            sentence = says.format(things[fact], values[fact])
            page[0] += f" {sentence}"
            on = pages.index(page) + 1 if suffix == ".pdf" else None
            planted.append(Planted(name, sentence, asks.format(things[fact]), on))
        (folder / name).write_bytes(written(suffix, f"Papers of box {number}", pages))
    return planted


def written(suffix: str, title: str, pages: list[list[str]]) -> bytes:
    paragraphs = list(itertools.chain.from_iterable(pages))
    return {
        ".txt": lambda: "\n\n".join([title, *paragraphs]).encode(),
        ".md": lambda: "\n\n".join([f"# {title}", *paragraphs]).encode(),
        ".html": lambda: writers.page(title, paragraphs),
        ".eml": lambda: writers.mail(title, "\n\n".join(paragraphs)),
        ".pdf": lambda: writers.pdf(pages),
        ".docx": lambda: writers.word(title, paragraphs),
        ".epub": lambda: writers.book(title, pages),
    }[suffix]()


def test_every_planted_sentence_is_found_in_its_file_on_its_page_at_its_place(
    tmp_path: Path,
) -> None:
    (tmp_path / "papers").mkdir()
    planted = plant(tmp_path / "papers")
    index = qa.build(tmp_path / "papers", folder=tmp_path / "i")
    assert index.change is not None
    assert index.change.failed == ()
    assert len(index.documents) == FILES
    assert {Path(document.source).suffix for document in index.documents} == set(SUFFIXES)
    index = qa.load(tmp_path / "i")  # as it was saved, not as it was made
    first = 0
    for each in planted:
        hits = qa.retrieve(each.question, index=index)
        found = [hit for hit in hits if each.sentence in hit.passage.text]
        assert [hit.document.source for hit in found] == [each.file], each.question
        first += found[0] == hits[0]
        text, passage = found[0].document.text, found[0].passage
        start = text.index(each.sentence)
        assert qa.Span(start, start + len(each.sentence)) in passage.sentences
        assert text[passage.start : passage.end] == passage.text
        assert hit_to_dict(found[0])["page"] == each.page
    assert first >= 0.97 * len(planted)  # 20 things are of each kind, and 20 kinds of each thing
