"""Parse a file from anywhere in a child process, with limits of time and memory.

The child is a fresh interpreter; the file goes in by a pipe and the extract comes back as
JSON by another. Whatever happens to the child becomes one sentence. What the child does is
left to `child`.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

from qa.documents.extract import Extract, RefusalError
from qa.documents.kinds import Kind

__all__ = ["MEMORY", "SECONDS", "extract"]

SECONDS = 30
MEMORY = 1024**3
_ROOT = str(Path(__file__).parents[2])


def extract(kind: Kind, data: bytes, *, seconds: float = SECONDS, memory: int = MEMORY) -> Extract:
    """Return what the reader of a kind takes out of a file, read in a child process.

    Args:
        kind: the kind of file.
        data: its bytes.
        seconds: how long it may take.
        memory: how many bytes of memory parsing may take, where the system can limit it.

    Raises:
        RefusalError: the file cannot be read, or not within the limits.
    """
    # The child finds the same packages, whatever made them known here, and never a module
    # that lies in the current folder (-P).
    paths = [path for path in (*sys.path, _ROOT) if path]
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(dict.fromkeys(paths)),
        "OPENBLAS_NUM_THREADS": "1",  # each thread reserves memory
    }
    command = [sys.executable, "-P", "-m", "qa.documents.child", kind.name, str(memory)]
    try:
        done = subprocess.run(  # noqa: S603 - this interpreter, and no word of the file's
            [*command, str(int(seconds) + 1)],
            input=data,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=seconds,
            env=environment,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise RefusalError(
            f"takes longer than {seconds:g} seconds to read; split it, or save it as text."
        ) from error
    except OSError as error:
        raise RefusalError(f"cannot be read apart ({error.strerror}); try again.") from error
    try:
        answer = json.loads(done.stdout)
        if "refusal" in answer:
            raise RefusalError(str(answer["refusal"]))
        return Extract.from_dict(answer)
    except (ValueError, TypeError, KeyError) as error:  # the parser crashed
        raise RefusalError("is damaged; save it again, or as text.") from error
