"""The routes to the page: through nginx with the prefix stripped or not, and into an iframe."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from selenium.webdriver.remote.webdriver import WebDriver

from tests.browser.page import Page
from tests.growing.machines import Part, free_port
from tests.proxy.processes import HOST, nginx, web

PREFIX = "/marketing/roi/"
SANDBOX = "allow-scripts allow-same-origin allow-downloads"


@dataclass(frozen=True)
class Kind:
    """One way of serving the page in an intranet."""

    name: str
    prefix: str = PREFIX
    is_stripped: bool = False
    is_framed: bool = False


KINDS = (
    Kind("stripped", is_stripped=True),
    Kind("not-stripped"),
    Kind("iframe", is_framed=True),
)


@dataclass
class Route:
    """A running web process and the nginx in front of it, both controlled by a test."""

    kind: Kind
    folder: Path
    database_url: str
    port: int = field(default_factory=free_port)
    web_port: int = field(default_factory=free_port)
    portal_port: int = field(default_factory=free_port)
    web: Part | None = None
    _web: ExitStack = field(default_factory=ExitStack)
    _proxy: ExitStack = field(default_factory=ExitStack)

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}{self.kind.prefix}"

    @property
    def portal_url(self) -> str:
        # Another host name and another port: another site in the eyes of a browser.
        return f"http://localhost:{self.portal_port}/"

    def deploy(self, *module: str, **settings: str) -> None:
        """Start the web process, in place of the one that runs; `module` is another one to run."""
        self._web.close()
        own = {
            "DEMETRA_PATH_PREFIX": self.kind.prefix,
            "DEMETRA_FRAME_ANCESTORS": self.portal_url.rstrip("/"),
            "DEMETRA_TRUSTED_PROXIES": HOST,
            # The visitors of these tests are on this machine, and so they may be let in without signing in.
            "DEMETRA_ALLOW_ANONYMOUS": "1",
        }
        command = module or ("demetra_dash", "web")
        running = web(self.database_url, self.folder, self.web_port, command, **{**own, **settings})
        self.web = self._web.enter_context(running)

    def open(self, *, extra: str = "", common: str = "") -> None:
        """Start the proxy if it does not run; `extra` are lines for its `location`."""
        self.close()
        self._proxy.enter_context(nginx(self.folder / "nginx", self._servers(extra), common=common))

    def undeploy(self) -> None:
        """End the web process."""
        self._web.close()

    def close(self) -> None:
        """Stop the proxy; no request is answered any more."""
        self._proxy.close()

    def sign_out(self) -> None:
        """Answer everything with a sign-in page."""
        (self.folder / "signed-out").touch()

    def sign_in(self) -> None:
        (self.folder / "signed-out").unlink(missing_ok=True)

    def enter(self, driver: WebDriver) -> None:
        """Open the page, or the portal's page with ours in its frame, and step into it."""
        driver.get(self.portal_url if self.kind.is_framed else self.url)
        if self.kind.is_framed:
            driver.switch_to.frame("demetra")

    def _servers(self, extra: str) -> str:
        target = f"http://{HOST}:{self.web_port}" + ("/" if self.kind.is_stripped else "")
        frame = f'<iframe name="demetra" src="{self.url}" sandbox="{SANDBOX}"'
        return f"""
        server {{
            listen {HOST}:{self.port};
            if (-f {self.folder}/signed-out) {{ return 200 "<h1>Sign in</h1>"; }}
            location {self.kind.prefix} {{
                proxy_pass {target};
                proxy_http_version 1.1;
                proxy_set_header Connection "";
                proxy_set_header Host $http_host;
                proxy_set_header X-Forwarded-For $remote_addr;
                proxy_set_header X-Forwarded-Proto $scheme;
                {extra}
            }}
            location / {{ return 404; }}
        }}
        server {{
            listen {HOST}:{self.portal_port};
            access_log off;
            return 200 '<!DOCTYPE html><title>Portal</title>{frame} width="1280" height="2600"></iframe>';
        }}
        """


@contextmanager
def route(kind: Kind, database_url: str, folder: Path) -> Iterator[Route]:
    """Yield an open route of this kind, to a web process on the database."""
    made = Route(kind, folder, database_url)
    try:
        made.deploy()
        made.open()
        yield made
    finally:
        made.close()
        made.undeploy()


@dataclass(frozen=True)
class ProxiedPage(Page):
    """The page behind a proxy whose route a test may change."""

    route: Route
