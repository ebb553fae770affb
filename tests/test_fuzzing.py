"""Wrong input of every kind is taken or refused; `tests.benchmarks.fuzzing` tries more of it."""

import os
import signal
import time
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection
from random import Random

import pytest

from qa.embedder import Embedder
from tests.benchmarks import fuzzing
from tests.benchmarks.surfaces import SURFACES, Surfaces

INPUTS = 300


def test_a_share_of_wrong_inputs_is_taken_or_refused(twin: Embedder) -> None:
    # The light model is there already: exporting it takes more memory than any input may.
    report = fuzzing.fuzz(INPUTS)
    assert report.faults == []
    assert set(report.surfaces) == set(SURFACES)
    assert report.inputs == len(fuzzing.plan(INPUTS)) == INPUTS
    assert INPUTS / 3 < report.refused < INPUTS  # as wrong as that, and not all of it too wrong
    assert max(report.megabytes, report.apart) < fuzzing.MEGABYTES


WORK, OF = fuzzing._work, Surfaces.of


def failing(inputs: Sequence[fuzzing.Input], reports: Connection) -> None:
    """Do the work with two surfaces more, which no input survives."""

    def of(self: Surfaces, surface: str) -> Callable[[Random], None]:
        if surface == "die":
            os.kill(os.getpid(), signal.SIGKILL)
        if surface == "sleep":
            time.sleep(600)
        return OF(self, surface)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Surfaces, "of", of)
        WORK(inputs, reports)


def test_a_fault_a_crash_and_a_hang_are_told_and_the_rest_goes_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    given = [("nothing", 0), ("citations", 0), ("die", 0), ("sleep", 0), ("citations", 1)]
    monkeypatch.setattr(fuzzing, "plan", lambda _: given)
    monkeypatch.setattr(fuzzing, "_GIVEN_UP", 10)
    monkeypatch.setattr(fuzzing, "_work", failing)
    report = fuzzing.fuzz(len(given))
    assert report.inputs == len(given)
    assert [fault[:2] for fault in report.faults] == [("nothing", 0), ("die", 0), ("sleep", 0)]
    told = [fault[2].strip().splitlines()[-1] for fault in report.faults]
    assert told[0] == "AttributeError: 'Surfaces' object has no attribute 'nothing'"
    assert told[1:] == ["its process ended", "it takes longer than 10 seconds"]
    assert not report.fine
