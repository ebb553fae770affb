"""The commands that keep documents: build, add, remove, list, clean and check.

What they do is done by `collection`, `defaults`, `repair`, `documents` and `checks`.
"""

import argparse
import sys
import textwrap
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

import qa
from qa.defaults import default_folder
from qa.duplicates import near_copies
from qa.terminal import bars, name_of, one_line, write_json
from qa.types import Document

__all__ = ["add", "build", "check", "clean", "list_documents", "remove"]

_SHOWN_CHARACTERS = 150
_BLOCK_FACTS = ("dropped", "heading", "caption", "page")


def build(options: argparse.Namespace) -> int:
    """Build an index of files, or mend one from its own documents."""
    if bool(options.sources) == options.repair:
        options.refuse("name a PATH to build from, or --repair without one")
    if options.repair:
        return _repair(Path(options.folder))
    with bars() as progress:
        index = qa.build(
            options.sources,
            folder=options.folder,
            model=options.model,
            engine=options.engine,
            progress=progress,
        )
    print(f"{_count(index)} in {options.folder}")
    _write_groups(near_copies(index.documents))
    if index.broken_sentences:
        print(f"Sentences longer than the model reads, cut at a word: {index.broken_sentences}")
    return _code(index)


def _write_groups(groups: Iterable[Sequence[Document]]) -> None:
    for group in groups:
        print(f"Nearly the same text: {'; '.join(map(name_of, group))}")


def _repair(folder: Path) -> int:
    from qa.repair import repair

    with bars() as progress:
        index, losses = repair(folder, progress=progress)
    for loss in losses:
        print(f"qa: {one_line(loss)}", file=sys.stderr)
    print(f"Saved {_count(index)} in {folder}")
    return 1 if losses else 0


def add(options: argparse.Namespace) -> int:
    """Add files to an index, and say what became of them."""
    with bars() as progress:
        index = qa.add(options.sources, folder=options.folder, progress=progress)
    _write_change(index)
    change = index.change or qa.Change()
    new = {document.id for document in (*change.added, *change.replaced)}
    if new:
        groups = near_copies(index.documents)
        _write_groups(group for group in groups if any(one.id in new for one in group))
    return _code(index)


def remove(options: argparse.Namespace) -> int:
    """Remove documents from an index, and say which."""
    index = qa.remove(options.names, folder=options.folder)
    _write_change(index)
    return _code(index)


def _write_change(index: qa.Index) -> None:
    change = index.change or qa.Change()
    for done in ("added", "replaced", "removed"):
        for document in getattr(change, done):
            print(f"{done} {document.id}  {_filed_as(document)}")
    if change.unchanged:
        print(f"unchanged: {len(change.unchanged)}")
    print(f"{_count(index)} in {index.folder}")


def _code(index: qa.Index) -> int:
    return 1 if index.change and index.change.failed else 0


def _filed_as(document: Document) -> str:
    return one_line(document.source or document.title or "untitled")


def list_documents(options: argparse.Namespace) -> int:
    """List an index's documents, one a line: id, passages, name, file; then the near-copies."""
    index = qa.load(options.index)
    passages = Counter(passage.document_id for passage in index.passages)
    files: dict[str, list[str]] = {document.id: [] for document in index.documents}
    for path, identity in index.files.items():
        files[identity].append(str(path))
    groups = near_copies(index.documents)
    if options.json:
        copies = {one.id: [d.id for d in group if d != one] for group in groups for one in group}
        write_json(
            [
                {
                    "id": document.id,
                    "title": document.title,
                    "source": document.source,
                    "passages": passages[document.id],
                    "files": files[document.id],
                    "near_copies": copies.get(document.id, []),
                }
                for document in index.documents
            ]
        )
        return 0
    for document in index.documents:
        where = one_line(", ".join(files[document.id]))
        name = f"{_filed_as(document)}  ({where})" if where else _filed_as(document)
        print(f"{document.id}  {passages[document.id]:4}  {name}")
    _write_groups(groups)
    return 0


def _count(index: qa.Index) -> str:
    documents, passages = len(index.documents), len(index.passages)
    return (
        f"{documents} document{'s' * (documents != 1)}, {passages} passage{'s' * (passages != 1)}"
    )


def clean(options: argparse.Namespace) -> int:
    """Write what is kept of a file, what is dropped, and why."""
    from qa.documents import read

    document, receipt = read(options.file)
    about = {name: getattr(document, name) for name in ("source", "title", "author", "date")}
    if options.json:
        blocks = [
            {name: getattr(block, name) for name in ("text", *_BLOCK_FACTS)}
            for block in receipt.blocks
        ]
        write_json({**about, "pages": document.pages, "text": document.text, "blocks": blocks})
        return 0
    for name, value in about.items():
        if value:
            print(f"{name}: {one_line(value)}")
    if document.pages:
        print(f"pages: {len(document.pages)}")
    print(f"blocks: {len(receipt.kept)} kept, {len(receipt.dropped)} dropped (each with - and why)")
    for block in receipt.blocks:
        text = one_line(block.text)
        if block.dropped:
            print(f"- {block.dropped}: {textwrap.shorten(text, _SHOWN_CHARACTERS)}")
        else:
            mark = "# " if block.heading else "(caption) " if block.caption else ""
            print(f"\n{mark}{text}\n" if block.heading else f"  {mark}{text}")
    return 0


def check(options: argparse.Namespace) -> int:
    """Prove an index, or name every fault and what to do."""
    from qa.checks import check as prove
    from qa.checks import damages

    folder = Path(options.folder) if options.folder else default_folder()
    if not (faults := damages(folder)):
        index, faults = prove(folder)
        if not faults:
            print(f"Sound: {_count(index)} in {folder}")
            return 0
    for fault in faults:
        print(f"qa: {one_line(fault)}", file=sys.stderr)
    print(f"qa: {folder} is not sound; {_remedy(folder)}", file=sys.stderr)
    return 1


def _remedy(folder: Path) -> str:
    from qa.repair import salvage

    saved = salvage(folder)
    if not saved.documents:
        return f"build it again with: qa build PATH --folder {folder}"
    number = f"its {len(saved.documents)} documents" if len(saved.documents) > 1 else "its document"
    number = f"{len(saved.documents)} of its documents" if saved.losses else number
    return f"{number} can be saved with: qa build --repair --folder {folder}"
