"""The page as a web application: Gradio's page, the tools for programs, and who is let in.

The browser is told to load nothing from elsewhere, and a page meant for this machine answers to
no other host name, so that a web site cannot read the brief through a name of its own. Of what
Gradio would do for anyone who asks (fetch addresses, take this machine's files for uploads), only
what the page needs is left. Importing this takes seconds, for it imports Gradio; where and when
to serve is left to `serving`.
"""

import asyncio
import contextlib
import re
import socket
from collections.abc import Callable

import fastapi
import gradio
import gradio.processing_utils
import gradio.routes
import uvicorn
from starlette.datastructures import MutableHeaders
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.responses import Response
from starlette.routing import Mount, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from qa.chat.feedback import Feedback
from qa.chat.gist import Gist
from qa.chat.layout import HERE, theme
from qa.chat.library import Library
from qa.chat.page import build_page
from qa.chat.uploads import MAX_BYTES

__all__ = ["run"]

_HEADERS = {
    # Gradio runs scripts and styles of its own from the page; nothing comes from elsewhere.
    "content-security-policy": "default-src 'self' 'unsafe-inline' 'unsafe-eval' data: blob:; "
    "base-uri 'self'; form-action 'self'; frame-ancestors 'self'; object-src 'none'",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}

_DOOR = re.compile(
    r"/gradio_api/(?:(?:info|queue/(?:join|data|status)|upload|upload_progress|heartbeat/[^/]+|cancel"
    r"|reset|app_id|login_check|startup-events|mcp|mcp/schema)|(?:run|api|call)/(?:retrieve|ask)(?:/\w+)?)/?"
)
"""The paths below /gradio_api that are answered: those of the page and of `programs`."""


def run(
    library: Library,
    listener: socket.socket,
    *,
    gist: Gist,
    feedback: Feedback,
    host: str,
    login: tuple[str, str] | None,
    hosts: list[str] | None,
    mcp: bool,
    ready: Callable[[], object],
) -> None:
    """Serve the page of a library on a socket until it is interrupted (Ctrl-C).

    Args:
        library: what is asked.
        listener: where to listen.
        gist: what was worked out of it already.
        feedback: where verdicts are written.
        host: the address it was opened for.
        login: the user and the password to ask for.
        hosts: the host names answered to; None for any.
        mcp: whether to serve the tools too.
        ready: called once the page answers.
    """
    app = _application(library, login=login, mcp=mcp)
    app.add_middleware(_Doors)
    app.add_middleware(_Headers)
    if hosts is not None:
        app.add_middleware(TrustedHostMiddleware, allowed_hosts=hosts)
    page = build_page(library, gist=gist, feedback=feedback)
    page.has_launched = True  # else Gradio takes any file's path for an upload's
    gradio.processing_utils.async_ssrf_protected_download = _fetch_nothing
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
        show_error=False,  # what is not said by us may name files of this machine
        max_file_size=MAX_BYTES,
        ssr_mode=False,
        mcp_server=False,  # see `tools`
        pwa=False,
        root_path="",
        theme=theme(),
        css_paths=[HERE / "page.css"],
    )
    config = uvicorn.Config(app, log_config=None, log_level="error", timeout_graceful_shutdown=1)
    mounted = [route.app for route in app.routes if isinstance(route, Mount)]
    streams = [one.stop_event for one in mounted if isinstance(one, gradio.routes.App)]
    server = _Server(config, ready, streams)
    with contextlib.suppress(KeyboardInterrupt):
        server.run(sockets=[listener])


def _application(library: Library, *, login: tuple[str, str] | None, mcp: bool) -> fastapi.FastAPI:
    """Return an application that serves the tools, if they are wanted, and nothing else yet."""
    if not mcp:
        return fastapi.FastAPI(openapi_url=None)
    from qa.chat.tools import ADDRESS, Tools

    tools = Tools(library, login=login)
    app = fastapi.FastAPI(openapi_url=None, lifespan=lambda _: tools.run())
    app.router.routes.append(Route(ADDRESS, tools))  # before the page, which takes every path
    return app


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


async def _fetch_nothing(*_: object, **__: object) -> str:
    """Take the place of what fetches the address that a client gives for a file."""
    raise gradio.Error("Only a file that was uploaded can be added.", print_exception=False)


class _Doors:
    """Refuses the paths of Gradio's that nothing here needs, such as its proxy to other hosts."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "")
        if path.startswith("/gradio_api/") and not _DOOR.fullmatch(path):
            await Response(status_code=404)(scope, receive, send)
        else:
            await self._app(scope, receive, send)


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
