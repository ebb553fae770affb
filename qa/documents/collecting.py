"""What a person names, files, folders and patterns, into documents and where they stand.

A file that cannot be read is told and the rest go on. How one file is read is left to
`reading`; what becomes of two documents with one text to `qa.change`.
"""

import glob
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from qa.documents.reading import SUFFIXES, read
from qa.errors import DocumentError
from qa.types import Document, Progress

__all__ = ["Found", "Source", "collect", "file_path"]

Source = str | os.PathLike[str] | Document
"""A file, a folder, a pattern such as `notes/*.md`, or a text in memory."""


@dataclass(frozen=True, slots=True)
class Found:
    """A document, and the file it was read from; None for a text in memory."""

    document: Document
    path: Path | None


def collect(
    sources: Iterable[Source],
    *,
    failed: Callable[[DocumentError], None] | None = None,
    progress: Progress | None = None,
) -> list[Found]:
    """Return the documents of files, folders (with all below them), patterns and texts, in order.

    A file named twice is read once. Hidden files, files of other kinds and links to folders
    are passed over inside a folder.

    Args:
        sources: what to read.
        failed: what is called with the error of each source that cannot be read; None to
            raise the first.
        progress: what is told how many files are read.

    Raises:
        DocumentError: a source cannot be read and nobody is to be told, or there is none.
    """
    told = failed or _raise
    wanted: dict[Path | Document, None] = {}
    for source in sources:
        try:
            wanted.update(dict.fromkeys(_expanded(source, told)))
        except DocumentError as error:
            told(error)
    found: dict[Path | Document, Found] = {}
    for number, each in enumerate(wanted, start=1):
        try:
            if isinstance(each, Document):
                found[each] = Found(each, None)
            elif (path := file_path(each)) not in found:
                found[path] = Found(read(each)[0], path)
        except DocumentError as error:
            told(error)
        if progress:
            progress("reading", number, len(wanted))
    if not found and not failed:
        raise DocumentError("There is nothing to build from; name a file or a folder.")
    return list(found.values())


def _raise(error: DocumentError) -> None:
    raise error


def file_path(path: str | os.PathLike[str]) -> Path:
    """Return the one absolute path by which a file is known, whichever way it was named.

    Links among its folders are followed, but not a link that is the file itself: what it
    leads to may change.
    """
    folder, name = os.path.split(Path.cwd() / path)
    return Path(os.path.realpath(folder), name)


def _expanded(
    source: Source, told: Callable[[DocumentError], None]
) -> Iterable[Path] | Iterable[Document]:
    if isinstance(source, Document):
        if not source.text.strip():
            raise DocumentError("A document is empty; give one that holds text.")
        return [source]
    path, name = Path(source), os.fspath(source)
    if "\0" in name:  # the system cannot even be asked about it
        raise DocumentError(f"{name!r} cannot be read (no path holds a NUL); check the path.")
    if os.path.isdir(path):  # noqa: PTH112 - Path's own raises where it may not ask
        return _below(path, told)
    if glob.has_magic(name) and not os.path.lexists(path):
        matched = sorted(glob.glob(name, recursive=True))  # noqa: PTH207 - it may be absolute
        matches = [Path(match) for match in matched]
        files = [file for match in matches for file in _matched(match, told)]
        if not files:
            raise DocumentError(f"No text file matches {name}; check the pattern.")
        return files
    return [path]


def _matched(match: Path, told: Callable[[DocumentError], None]) -> list[Path]:
    return _text_files(match, told) if match.is_dir() else [match]


def _below(folder: Path, told: Callable[[DocumentError], None]) -> list[Path]:
    files = _text_files(folder, told)
    if not files:
        raise DocumentError(
            f"{folder} holds no file of a kind read here ({', '.join(SUFFIXES)}); add some."
        )
    return files


def _text_files(folder: Path, told: Callable[[DocumentError], None]) -> list[Path]:
    return sorted(_walk(folder, told))


def _walk(folder: Path, told: Callable[[DocumentError], None]) -> Iterator[Path]:
    def refused(error: OSError) -> None:
        told(
            DocumentError(f"{error.filename} cannot be read ({error.strerror}); check its rights.")
        )

    for where, folders, names in os.walk(folder, onerror=refused):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in names:
            file = Path(where, name)
            known = file.suffix.lower() in SUFFIXES and not name.startswith(".")
            if known and _may_be_file(file):
                yield file


def _may_be_file(path: Path) -> bool:
    try:
        return path.is_file() or path.is_symlink()
    except OSError:  # it may not be asked; reading it tells why
        return True
