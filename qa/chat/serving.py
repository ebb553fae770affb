"""Serve the page: on this machine alone, unless the person says otherwise.

A page that others can reach needs a password or an explicit word. What cannot be served is said
at once; then the page is made ready, all that can be at the same time. Nothing is printed here;
the caller is told the address. What answers there is left to `web`.
"""

import errno
import importlib.util
import ipaddress
import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from qa.chat.feedback import Feedback, default_file
from qa.chat.gist import Gist
from qa.chat.library import Library
from qa.errors import ServerError
from qa.index import Index

__all__ = ["serve"]

PORTS = range(7860, 7960)
"""Where a free port is looked for when none is named."""


def serve(
    index: Index,
    *,
    host: str = "127.0.0.1",
    port: int | None = None,
    auth: str | None = None,
    open_to_all: bool = False,
    mcp: bool = False,
    shared: bool = False,
    feedback: Path | None = None,
    ready: Callable[[str], object] = lambda _: None,
) -> None:
    """Serve the page of an index until it is interrupted (Ctrl-C).

    Args:
        index: what is asked.
        host: the address to listen on.
        port: the port to listen on; None for the first free one from 7860, 0 for any.
        auth: "user:password" to be asked for; None for nothing.
        open_to_all: whether a host that others can reach is meant.
        mcp: whether to serve `retrieve` and `ask` as MCP tools too (see `tools`).
        shared: whether what a visitor adds or removes is saved in the index, for everyone.
        feedback: the file that verdicts are written to; None for the default one.
        ready: called with the page's address once it answers.

    Raises:
        IndexFolderError: it is to be shared, and has no folder that may be changed.
        ServerError: others could reach the host and neither `auth` nor `open_to_all` is given,
            `auth` is malformed, the package mcp is missing, or the host or the port is not to be
            had.
    """
    login = _parse_auth(auth)
    alone = _is_loopback(host)
    if not alone and not login and not open_to_all:
        raise ServerError(
            f"Others could read the brief at the host {host!r}; give --auth USER:PASSWORD, "
            "or --open to let everyone in."
        )
    if mcp and importlib.util.find_spec("mcp") is None:
        raise ServerError(
            "Serving the tools of --mcp needs the package mcp; "
            'install it with: pip install "brief-qa[mcp]"'
        )
    library, gist = Library(index, shared=shared), Gist()
    with _listen(host, port) as listener:
        with ThreadPoolExecutor(1) as thread:
            prepared = thread.submit(gist.prepare, index)
            from qa.chat import web  # takes longest, so all else happens meanwhile
        prepared.result()
        shown = f"[{ipaddress.ip_address(host)}]" if ":" in host else host  # as browsers send it
        address = f"http://{shown}:{listener.getsockname()[1]}/"
        web.run(
            library,
            listener,
            gist=gist,
            feedback=Feedback(feedback or default_file()),
            host=host,
            login=login,
            hosts=[shown, "localhost"] if alone and not login and not open_to_all else None,
            mcp=mcp,
            ready=lambda: ready(address),
        )


def _parse_auth(auth: str | None) -> tuple[str, str] | None:
    if auth is None:
        return None
    user, _, password = auth.partition(":")
    if not user or not password:
        raise ServerError("--auth needs a user and a password, as in --auth USER:PASSWORD.")
    return user, password


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _listen(host: str, port: int | None) -> socket.socket:
    """Return a listening socket, so that whether a port is free is not guessed but known."""
    if port is not None and not 0 <= port <= 65_535:
        raise ServerError(f"{port} is no port; give --port a number from 1 to 65535.")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    for candidate in PORTS if port is None else [port]:
        try:
            return socket.create_server((host, candidate), family=family)
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise ServerError(
                    f"Cannot listen on host {host!r}, port {candidate}: {error.strerror}; "
                    "give another --host or --port."
                ) from error
    tried = f"Port {port} is" if port is not None else f"Ports {PORTS[0]} to {PORTS[-1]} are"
    raise ServerError(f"{tried} taken; give another with --port.")
