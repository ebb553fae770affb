"""What runs in the child process: take a file by a pipe, parse it, give the extract back.

Started by `sandbox` alone. The limits are set here, before the first byte is parsed, so that
they hold for the parser and not for starting up.
"""

import json
import os
import sys

from qa.documents import readers
from qa.documents.extract import RefusalError
from qa.documents.kinds import Kind

_DAMAGED = "is damaged; save it again, or as text."
_TOO_LARGE = "needs too much memory to be read; split it, or save it as text."


def main(kind: str, memory: int, seconds: int) -> None:
    """Read a file of a kind from standard input and write its extract on standard output."""
    answers = os.dup(sys.stdout.fileno())
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what a parser prints is no answer
    data = sys.stdin.buffer.read()
    _limit(memory, seconds)
    try:
        answer = readers.extract(Kind[kind], data).to_dict()
    except RefusalError as refusal:
        answer = {"refusal": str(refusal)}
    except MemoryError:
        answer = {"refusal": _TOO_LARGE}
    except Exception:  # noqa: BLE001 - parsers fail in any way on a damaged file
        answer = {"refusal": _DAMAGED}
    with os.fdopen(answers, "wb") as file:
        file.write(json.dumps(answer).encode())


def _limit(memory: int, seconds: int) -> None:
    try:
        import resource
    except ImportError:  # not on this system: the time limit holds all the same
        return
    for limit, most in ((resource.RLIMIT_AS, memory), (resource.RLIMIT_CPU, seconds)):
        _, hard = resource.getrlimit(limit)
        soft = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(limit, (soft, hard))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
