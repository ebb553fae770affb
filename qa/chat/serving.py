"""Serve the page: on this machine alone, unless the person says otherwise.

A page that others can reach needs a password or an explicit word. The browser is told to load
nothing from elsewhere, and a page meant for this machine answers to no other host name, so
that a web site cannot read the brief through a name of its own. Nothing is printed here; the
caller is told the address.
"""

import asyncio
import contextlib
import errno
import ipaddress
import socket
from collections.abc import Callable

import fastapi
import gradio
import gradio.routes
import uvicorn
from starlette.datastructures import MutableHeaders
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.routing import Mount
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from qa.chat.layout import HERE, theme
from qa.chat.library import Library
from qa.chat.page import build_page
from qa.errors import ServerError
from qa.index import Index

__all__ = ["serve"]

PORTS = range(7860, 7960)
"""Where a free port is looked for when none is named."""

_HEADERS = {
    # Gradio runs scripts and styles of its own from the page; nothing comes from elsewhere.
    "content-security-policy": "default-src 'self' 'unsafe-inline' 'unsafe-eval' data: blob:; "
    "base-uri 'self'; form-action 'self'; frame-ancestors 'self'; object-src 'none'",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}


def serve(
    index: Index,
    *,
    host: str = "127.0.0.1",
    port: int | None = None,
    auth: str | None = None,
    open_to_all: bool = False,
    ready: Callable[[str], object] = lambda _: None,
) -> None:
    """Serve the page of an index until it is interrupted (Ctrl-C).

    Args:
        index: what is asked.
        host: the address to listen on.
        port: the port to listen on; None for the first free one from 7860, 0 for any.
        auth: "user:password" to be asked for; None for nothing.
        open_to_all: whether a host that others can reach is meant.
        ready: called with the page's address once it answers.

    Raises:
        ServerError: others could reach the host and neither `auth` nor `open_to_all` is given,
            `auth` is malformed, or the host or the port is not to be had.
    """
    login = _parse_auth(auth)
    alone = _is_loopback(host)
    if not alone and not login and not open_to_all:
        raise ServerError(
            f"Others could read the brief at the host {host!r}; give --auth USER:PASSWORD, "
            "or --open to let everyone in."
        )
    with _listen(host, port) as listener:
        page = build_page(Library(index))
        app = fastapi.FastAPI(openapi_url=None)
        app.add_middleware(_Headers)
        if alone and not login and not open_to_all:
            app.add_middleware(TrustedHostMiddleware, allowed_hosts=[host, "localhost"])
        gradio.mount_gradio_app(
            app,
            page,
            "/",
            server_name=host,
            server_port=listener.getsockname()[1],
            auth=login,
            footer_links=["api"],
            run_history=False,
            enable_monitoring=False,
            show_error=True,
            max_file_size="25mb",
            ssr_mode=False,
            mcp_server=False,
            pwa=False,
            root_path="",
            theme=theme(),
            css_paths=[HERE / "page.css"],
        )
        shown = f"[{host}]" if ":" in host else host
        config = uvicorn.Config(
            app, log_config=None, log_level="error", timeout_graceful_shutdown=1
        )
        address = f"http://{shown}:{listener.getsockname()[1]}/"
        mounted = [route.app for route in app.routes if isinstance(route, Mount)]
        streams = [one.stop_event for one in mounted if isinstance(one, gradio.routes.App)]
        server = _Server(config, lambda: ready(address), streams)
        with contextlib.suppress(KeyboardInterrupt):
            server.run(sockets=[listener])


class _Server(uvicorn.Server):
    """A server that says when it answers, and ends Gradio's endless streams when it closes."""

    def __init__(
        self, config: uvicorn.Config, ready: Callable[[], object], streams: list[asyncio.Event]
    ) -> None:
        super().__init__(config)
        self._ready = ready
        self._streams = streams

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for stop in self._streams:
            stop.set()
        await super().shutdown(sockets)


class _Headers:
    """Adds `_HEADERS` to every response, without holding back streamed ones."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(_HEADERS)
            await send(message)

        await self._app(scope, receive, send_with_headers)


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
