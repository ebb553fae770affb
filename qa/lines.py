"""The lines of an index's files: JSON, a value a line, for people and programs.

What the values mean is left to `index`.
"""

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

__all__ = ["file_rows", "read_files", "read_lines", "write_lines"]

_FILES = "files.jsonl"


def write_lines(path: Path, rows: Iterable[dict[str, Any]]) -> None:
    """Write values, a line each, in UTF-8."""
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.writelines(_line(row) + "\n" for row in rows)


def _line(row: dict[str, Any]) -> str:
    line = json.dumps(row, ensure_ascii=False)
    try:
        line.encode()
    except UnicodeEncodeError:  # a file's name need not be text
        return json.dumps(row)
    return line


def read_lines(path: Path) -> Iterator[dict[str, Any]]:
    """Yield what `write_lines` wrote.

    Raises:
        ValueError: a line is not JSON.
    """
    with path.open(encoding="utf-8", newline="\n") as file:
        yield from map(json.loads, file)


def file_rows(files: Mapping[Path, str], folder: Path) -> Iterator[dict[str, Any]]:
    """Yield which document each file holds, the file by its way from the index's folder.

    So the index names no folder above those that both share, and both can be moved together.

    >>> list(file_rows({Path("/notes/a.md"): "1f"}, Path("/notes/index")))
    [{'path': '../a.md', 'document': '1f'}]
    """
    here = os.path.realpath(folder)
    for path, identity in files.items():
        try:
            way = Path(os.path.relpath(path, here))
        except ValueError:  # on another drive
            way = path
        yield {"path": way.as_posix(), "document": identity}


def read_files(generation: Path, folder: Path) -> Iterator[tuple[Path, str]]:
    """Yield the absolute path of each file that an index holds, and the id of its document."""
    if (generation / _FILES).is_file():  # not in an index of version 0.1.0
        here = os.path.realpath(folder)
        for row in read_lines(generation / _FILES):
            yield Path(os.path.normpath(Path(here, row["path"]))), str(row["document"])
