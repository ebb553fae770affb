"""Feed the program wrong input: `python -m tests.benchmarks.fuzzing [INPUTS] [--atheris SECONDS]`.

Files of every kind, citations, index folders, questions for `qa eval` and questions to ask are
made wrong and given to what reads them (see `surfaces`). Each must be taken, or refused by a
`QAError` of one line. A child process does the work, so that a crash or a hang is a fault like
another. An input is known by its surface and number, and is the same each time.

Prints one JSON line: how many inputs ran, in what time, the longest one, the peaks of memory and
the faults; exits with 1 if there was a fault, an input over 10 seconds, or a process over 1 GB.
With --atheris, where that is installed, what reads in this process is then searched for faults
by coverage, for so many seconds.
"""

import argparse
import contextlib
import json
import multiprocessing
import resource
import sys
import tempfile
import time
import traceback
import warnings
from collections import deque
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from random import Random

import qa
from tests.benchmarks.surfaces import SURFACES, Surfaces

SECONDS, MEGABYTES = 10, 1024
"""What one input may take, and what a process may take in all."""
_GIVEN_UP = 120
"""Seconds after which an input is taken for a hang, and its process killed."""

Input = tuple[str, int]
"""A surface and a number."""


@dataclass
class Report:
    """What came of the inputs.

    `longest` counts the processor's seconds, so that what else a machine does adds nothing;
    `megabytes` are the most that the process took, and `apart` the most that one took in which
    a file was parsed: at least what its parent had when it started it, as Linux counts.
    """

    inputs: int = 0
    refused: int = 0
    seconds: float = 0
    longest: float = 0
    longest_input: Input = ("", 0)
    megabytes: int = 0
    apart: int = 0
    surfaces: dict[str, int] = field(default_factory=dict)
    faults: list[tuple[str, int, str]] = field(default_factory=list)

    def note(self, given: Input, seconds: float, refused: bool, fault: str) -> None:
        """Count one input."""
        self.inputs += 1
        self.refused += refused
        self.surfaces[given[0]] = self.surfaces.get(given[0], 0) + 1
        if seconds > self.longest:
            self.longest, self.longest_input = round(seconds, 2), given
        if fault:
            self.faults.append((*given, fault))

    @property
    def fine(self) -> bool:
        """Whether nothing went wrong, within the limits."""
        within = self.longest <= SECONDS and max(self.megabytes, self.apart) <= MEGABYTES
        return within and not self.faults


def plan(inputs: int) -> list[Input]:
    """Return the inputs to try, each surface's part of them, by turns."""
    whole = sum(SURFACES.values())
    turns = [
        ((number + 0.5) / share, surface, number)
        for surface, share in SURFACES.items()
        for number in range(round(inputs * share / whole))
    ]
    return [(surface, number) for _, surface, number in sorted(turns)]


def attempt(surfaces: Surfaces, given: Input) -> bool:
    """Try one input, and tell whether it was refused.

    Raises:
        Exception: a fault.
    """
    surface, number = given
    try:
        surfaces.of(surface)(Random(f"{surface} {number}"))
    except qa.QAError as error:
        if "\n" in str(error) or not str(error):
            raise AssertionError(f"not one line: {error}") from error
        return True
    return False


def _work(inputs: Sequence[Input], reports: Connection) -> None:
    """Try inputs, telling of each as it is done, and of the memory taken so far."""
    warnings.simplefilter("ignore")
    with tempfile.TemporaryDirectory() as name:
        surfaces = Surfaces(Path(name))
        reports.send(None)
        for given in inputs:
            began, refused, fault = _used()[0], False, ""
            try:
                refused = attempt(surfaces, given)
            except Exception:  # noqa: BLE001 - this is what is looked for
                fault = traceback.format_exc()
            now, *megabytes = _used()
            reports.send((given, now - began, refused, fault, megabytes))


def _used() -> tuple[float, int, int]:
    """Return the processor's seconds and the megabytes taken, here and in child processes."""
    here, apart = map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    seconds = here.ru_utime + here.ru_stime + apart.ru_utime + apart.ru_stime
    status = Path("/proc/self/status").read_text()  # where what started this one is not counted
    own = int(status.partition("VmHWM:")[2].split()[0])
    return seconds, own // 1024, apart.ru_maxrss // 1024


def fuzz(inputs: int) -> Report:
    """Try so many inputs, in a process that is started again where one ends it."""
    report, waiting = Report(), deque(plan(inputs))
    began = time.perf_counter()
    spawning = multiprocessing.get_context("spawn")
    while waiting:
        here, there = spawning.Pipe(duplex=False)
        worker = spawning.Process(target=_work, args=(list(waiting), there))
        worker.start()
        there.close()
        with here:
            here.recv()  # it is ready
            how = _follow(here, waiting, report)
        if waiting:
            worker.kill()
            report.note(waiting.popleft(), 0, False, how)
        worker.join()
    report.seconds = round(time.perf_counter() - began, 1)
    return report


def _follow(reports: Connection, waiting: deque[Input], report: Report) -> str:
    """Note what is reported of the inputs waiting; return why the first one left was not."""
    try:
        while waiting and reports.poll(_GIVEN_UP):
            given, seconds, refused, fault, (here, apart) = reports.recv()
            assert given == waiting.popleft()
            report.note(given, seconds, refused, fault)
            report.megabytes = max(report.megabytes, here)
            report.apart = max(report.apart, apart)
    except EOFError:
        return "its process ended"
    return f"it takes longer than {_GIVEN_UP} seconds"


def search(seconds: int) -> None:
    """Search by coverage with atheris, which ends the process, with a trace at the first fault."""
    import atheris

    warnings.simplefilter("ignore")
    atheris.instrument_all()
    with tempfile.TemporaryDirectory() as name:
        feeds = Surfaces(Path(name)).of_bytes()
        corpus = Path(name, "corpus")
        corpus.mkdir()
        for number, (_, right) in enumerate(feeds):  # the first byte says whom it is for
            for place, data in enumerate(right):
                (corpus / f"{number}-{place}").write_bytes(bytes([number]) + data)

        def one(data: bytes) -> None:
            if data:
                with contextlib.suppress(qa.QAError):
                    feeds[data[0] % len(feeds)][0](data[1:])

        limits = [f"-max_total_time={seconds}", f"-rss_limit_mb={MEGABYTES}", f"-timeout={SECONDS}"]
        atheris.Setup([sys.argv[0], *limits, str(corpus)], one)
        atheris.Fuzz()


def main() -> None:
    """Print what came of it."""
    parser = argparse.ArgumentParser()
    parser.add_argument("inputs", nargs="?", type=int, default=10_000)
    parser.add_argument("--atheris", type=int, metavar="SECONDS")
    options = parser.parse_args()
    report = fuzz(options.inputs)
    print(json.dumps(asdict(report)), flush=True)
    if not report.fine:
        sys.exit(1)
    if options.atheris:
        search(options.atheris)


if __name__ == "__main__":
    main()
