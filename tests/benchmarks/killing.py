"""Kill adding, removing and mending again and again: `python -m tests.benchmarks.killing [KILLS]`.

For each change a child process is killed (SIGKILL) before its write steps, spread over all of
them, and then at random moments, until there were KILLS kills. After each one the index must be
the one from before or the one from after, sound from end to end, and the same change must go
through. Prints one JSON line: kills and losses of each change; exits with 1 if there was a loss.
"""

import json
import os
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import qa
from qa.change import with_found, without
from qa.checks import check
from qa.documents import Found
from qa.embedder import Embedder
from qa.repair import repair
from qa.storage import read_manifest
from qa.testing import WordCountEmbedder
from qa.updates import update

NOTES = [
    Found(qa.Document(f"Note {n} is about trade. It is short.", source=f"{n}.md"), path)
    for n, path in enumerate(Path(f"/notes/{n}.md") for n in range(5))
]
CHANGED = [
    Found(qa.Document("Note 1 is about a visit now."), Path("/notes/1.md")),
    Found(qa.Document("A new note."), Path("/notes/new.md")),
]
WRITES = ("open", "os.rename", "os.mkdir", "os.remove", "os.rmdir", "shutil.rmtree")


def models(name: str) -> tuple[Embedder, Embedder]:
    """Open the model that these indexes are made with."""
    embedder = WordCountEmbedder(["trade", "visit"])
    return embedder, embedder


def prepare(folder: Path) -> None:
    """Save an index of five notes."""
    embedder = models("")[0]
    files = {note.path: note.document.id for note in NOTES if note.path}
    documents = [note.document for note in NOTES]
    qa.Index.build(documents, embedder=embedder, asking=embedder, files=files).save(folder)


def damage(folder: Path) -> None:
    """Save an index of five notes and cut its vectors short."""
    prepare(folder)
    vectors = folder / read_manifest(folder)["generation"] / "vectors.bin"
    vectors.write_bytes(vectors.read_bytes()[:-1])


def add(folder: Path) -> None:
    """Add a note and replace another."""
    update(folder, lambda holding: with_found(holding, CHANGED), opener=models)


def remove(folder: Path) -> None:
    """Remove two notes."""
    update(folder, lambda holding: without(holding, ["/notes/0.md", "3.md"]), opener=models)


def mend(folder: Path) -> None:
    """Build the damaged index again."""
    repair(folder, opener=models)


def died(change: Callable[[Path], None], folder: Path, *, step: int = 0, after: float = 0) -> bool:
    """Make a change in a child that is killed before a write step or after some seconds."""
    child = os.fork()
    if not child:
        _stop_at(step, folder)
        try:
            change(folder)
        finally:
            os._exit(0)
    if after:
        time.sleep(after)
        os.kill(child, 9)
    return os.WIFSIGNALED(os.waitpid(child, 0)[1])


def _stop_at(step: int, folder: Path) -> list[int]:
    """Count this process's write steps from now on, and kill it before one of them."""
    taken = [0]

    def count(event: str, arguments: tuple[object, ...]) -> None:
        if event in WRITES and str(folder) in str(arguments[:2]):
            taken[0] += 1
            if taken[0] == step:
                os.kill(os.getpid(), 9)

    sys.addaudithook(count)
    return taken


def state(folder: Path) -> tuple[object, ...] | None:
    """Return all that is visible of an index; None when it is not sound."""
    try:
        index, faults = check(folder, model=False)
    except qa.IndexFolderError:
        return None
    return None if faults else (index.documents, index.passages, index.files)


def trial(
    folder: Path, make: Callable[[Path], None], change: Callable[[Path], None], kills: int
) -> dict[str, int]:
    """Kill one change `kills` times, and return what became of the index.

    `lost` counts indexes that were neither the old nor the new one afterwards, `stuck` those
    on which the change did not go through when it was made again.
    """
    make(folder)
    before, taken = state(folder), _stop_at(0, folder)
    began = time.perf_counter()
    change(folder)
    seconds, steps, after = time.perf_counter() - began, taken[0], state(folder)
    assert after is not None
    assert after != before
    chance = random.Random(1)
    chosen = sorted({round(1 + n * (steps - 1) / max(kills - 1, 1)) for n in range(kills)})
    report = {"steps": steps, "kills": 0, "old": 0, "new": 0, "lost": 0, "stuck": 0}
    while report["kills"] < kills:
        shutil.rmtree(folder)
        make(folder)
        step = chosen.pop() if chosen else 0
        if not died(change, folder, step=step, after=0 if step else chance.uniform(0, seconds)):
            continue
        report["kills"] += 1
        seen = state(folder)
        report["old"] += seen == before
        report["new"] += seen == after
        report["lost"] += seen not in (before, after)
        change(folder)
        report["stuck"] += state(folder) != after
    return report


def main() -> None:
    """Print what was lost."""
    kills = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name, "index")
        report = {
            "add": trial(folder, prepare, add, kills),
            "remove": trial(folder, prepare, remove, kills),
            "repair": trial(folder, damage, mend, kills),
        }
    print(json.dumps(report))
    sys.exit(any(each["lost"] or each["stuck"] for each in report.values()))


if __name__ == "__main__":
    main()
