"""The review page's own small server, on this computer alone."""

import logging
import socket
import webbrowser
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from threading import Thread

from werkzeug.serving import BaseWSGIServer, make_server

from pipeline.errors import ExitCode, UsageFault, system_reason
from pipeline.publish import BatchReport, exit_code
from pipeline.review.page.app import create_app
from pipeline.review.page.desk import Desk
from pipeline.review.page.security import LOCAL, Gate


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """How a review ended."""

    report: BatchReport | None
    """Of the last publication; None: nothing was published."""
    unpublished: int
    """Decisions that are stored and not in the grades yet."""
    exit_code: ExitCode
    """As the results stand."""


class PageServer:
    """A review page that waits to be served.

    Parameters
    ----------
    results
        The results folder.
    port
        To listen at; 0: any that is free.

    Raises
    ------
    UsageFault
        When ``results`` is no graded results folder, or the port is taken.
    """

    def __init__(self, results: Path, port: int = 0) -> None:
        self.desk = Desk(results)
        listener = _listen(port)
        self.gate = Gate(listener.getsockname()[1])
        app = create_app(self.desk, self.gate, self.stop)
        logging.getLogger("werkzeug").setLevel(logging.ERROR)
        with listener:
            self._server: BaseWSGIServer = make_server(
                LOCAL, self.gate.port, app, threaded=True, fd=listener.fileno()
            )
        self._server.daemon_threads = True  # type: ignore[attr-defined]

    def link(self, by: str = "") -> str:
        """A link that lets one browser in, once."""
        return self.gate.link(by)

    def serve(self) -> Served:
        """Answer until the review is finished or the command is interrupted."""
        self._server.serve_forever(poll_interval=0.1)
        self.desk.refresh()
        report = self.desk.report
        code = report.exit_code if report else exit_code(self.desk.batch.graded)
        return Served(report=report, unpublished=self.desk.unpublished, exit_code=code)

    def stop(self) -> None:
        """End :meth:`serve` as soon as the answer at hand is sent."""
        Thread(target=self._server.shutdown, daemon=True).start()


def _listen(port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((LOCAL, port))
        listener.listen(128)
    except OSError as error:
        listener.close()
        raise UsageFault(
            f"cannot listen at port {port}: {system_reason(error)}",
            hint="name another one with --port, or none",
        ) from error
    return listener


def serve_page(results: Path, *, by: str, port: int, browser: bool, tell: Callable[[str], None]) -> Served:
    """Serve the review page of a results folder until it is finished.

    Parameters
    ----------
    results
        The results folder.
    by
        Who reviews; "": the page asks.
    port
        To listen at; 0: any that is free.
    browser
        Whether to open the page in the browser.
    tell
        Called with the link, before anything is served.

    Raises
    ------
    UsageFault
        When ``results`` is no graded results folder, or the port is taken.
    """
    server = PageServer(results, port)
    link = server.link(by)
    tell(link)
    if browser:
        Thread(target=webbrowser.open, args=(link,), daemon=True).start()
    return server.serve()
