"""Measure the page: from `qa chat` to the first answer over HTTP, memory, and a crowd.

Run it with `python -m tests.benchmarks.page`, on a machine that does nothing else.
"""

import argparse
import os
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import numpy as np

from tests.crowd import gather

ROUNDS = 5
VISITORS = 20
QUESTIONS = (
    "When is the visit?",
    "and who is going?",
    "What does BTA stand for?",
    "Who won the chess final?",
    "How many countries does the agreement cover?",
    "When did the prime minister travel to the United States?",
    "What is the aim of the talks?",
    "Which technologies does TRUST name?",
    "Is the trade agreement signed?",
    "Who leads the delegation?",
)


@contextmanager
def page() -> Iterator[tuple[str, subprocess.Popen[bytes], float]]:
    """Start `qa chat`; yield its address, its process, and the seconds to its first answer."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    begun = time.perf_counter()
    command = [sys.executable, "-m", "qa", "chat", "--port", str(port)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        while True:
            try:
                httpx.get(url, timeout=120).raise_for_status()
                break
            except httpx.ConnectError:
                time.sleep(0.01)
        yield url, process, time.perf_counter() - begun
    finally:
        process.kill()
        process.wait()


def processor_seconds(process: subprocess.Popen[bytes]) -> float:
    """Return the processor time a process has used, where Linux tells it."""
    fields = Path(f"/proc/{process.pid}/stat").read_text("ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident(process: subprocess.Popen[bytes]) -> float:
    """Return the memory a process holds, in MB, where Linux tells it."""
    lines = Path(f"/proc/{process.pid}/status").read_text("ascii").splitlines()
    return next(int(line.split()[1]) / 1000 for line in lines if line.startswith("VmRSS"))


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="starts (%(default)s)")
    rounds = parser.parse_args().rounds
    seconds, busy, memory = [], [], []
    for _ in range(rounds):
        with page() as (_, process, took):
            seconds.append(took)
            busy.append(processor_seconds(process))
            memory.append(resident(process))
    print(
        f"first answer over HTTP: {statistics.median(seconds):.2f} s "
        f"(median of {rounds}; {min(seconds):.2f} to {max(seconds):.2f}), "
        f"{statistics.median(busy):.2f} s of processor time, {statistics.median(memory):.0f} MB"
    )
    chats = [[*QUESTIONS[n % 10 :], *QUESTIONS[: n % 10]] for n in range(VISITORS)]
    with page() as (url, process, _):
        visitors = gather(url, chats[:1])  # nobody waits, so this is what one question takes
        alone = [reply.seconds for visitor in visitors for reply in visitor.replies]
        begun, used = time.perf_counter(), processor_seconds(process)
        visitors = gather(url, chats)
        took, used = time.perf_counter() - begun, processor_seconds(process) - used
        waits = [reply.seconds for visitor in visitors for reply in visitor.replies]
        faults = [fault for visitor in visitors for fault in visitor.faults]
        for who, those in (("one visitor", alone), (f"{VISITORS} visitors", waits)):
            p50, p95 = np.percentile(those, [50, 95])
            print(f"{who}: p50 {p50:.2f} s, p95 {p95:.2f} s, max {max(those):.2f} s")
        print(
            f"{len(waits)} questions in {took:.1f} s, {used:.1f} s of processor time, "
            f"{resident(process):.0f} MB afterwards, {len(faults)} faults"
        )


if __name__ == "__main__":
    main()
