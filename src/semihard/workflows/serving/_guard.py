"""Who may ask: programs and pages of this machine, and no site that a browser on it happens to show."""

from typing import Any
from urllib.parse import urlsplit

from starlette.datastructures import Headers

from semihard.workflows.serving._problem import Problem
from semihard.workflows.serving.loopback import is_address, is_loopback


class Guard:
    """An ASGI application that refuses what other sites send.

    * Another `Host` than `host` goes by: a site can give its own name this machine's address (DNS rebinding), and would
      read the answers. Addresses have no names that could be given away, so beyond loopback all of them pass.
    * Another `Origin`: a browser sends the forms of any site to any address, and `/add` would take them.

    Args:
        app: to guard.
        host: that the server listens at.
    """

    def __init__(self, app: Any, host: str) -> None:
        self.app, self.host = app, host

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            refused = self._refused(Headers(scope=scope))
            if refused is not None:
                await Problem(403, refused).response()(scope, receive, send)
                return
        await self.app(scope, receive, send)

    def _refused(self, headers: Headers) -> str | None:
        host = headers.get("host", "")
        if not self._known(_name(host)):
            return "Expected a request to this machine by its own name, such as 127.0.0.1. Received: another `Host`."
        origin = headers.get("origin")
        if origin is not None and origin.lower() != f"http://{host.lower()}":
            return "Expected a request of this server's own page or of a program. Received: one of another site."
        return None

    def _known(self, name: str) -> bool:
        if is_loopback(self.host):
            return is_loopback(name)
        return name == self.host.lower() or name == "localhost" or is_address(name)


def _name(host: str) -> str:
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""
