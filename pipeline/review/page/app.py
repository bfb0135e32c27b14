"""The review page as a Flask application: who is let in, and what each address answers."""

import logging
from http import HTTPStatus

from flask import Flask, Response, g, jsonify, make_response, redirect, render_template, request
from werkzeug.exceptions import HTTPException

from pipeline.errors import ResultsFault, ScangradeError, UnreadablePage
from pipeline.review.page.desk import Desk
from pipeline.review.page.security import HEADERS, Gate
from pipeline.review.page.views import Finish, add_views

log = logging.getLogger(__name__)

MOST_BYTES = 4 << 20
"""Of a request."""
OPEN_TO_ALL = ("enter", "static")
"""Endpoints that need no session."""


def create_app(desk: Desk, gate: Gate, finish: Finish | None = None) -> Flask:
    """Make the application.

    Parameters
    ----------
    desk
        The results folder.
    gate
        Who may use it.
    finish
        Called without arguments when the review is finished; None: nothing happens.
    """
    app = Flask(__name__)
    app.config["MAX_CONTENT_LENGTH"] = MOST_BYTES
    _add_gate(app, gate)
    _add_faults(app)
    add_views(app, desk, gate, finish)
    return app


def _add_gate(app: Flask, gate: Gate) -> None:
    @app.before_request
    def check() -> Response | None:
        if not gate.is_own_host(request.headers.get("Host", "")):
            return _refused(
                HTTPStatus.BAD_REQUEST,
                "This address is not that of the review page.",
                "Open the address that scangrade review has printed.",
            )
        if request.endpoint in OPEN_TO_ALL:
            return None
        reviewer = gate.reviewer(request.cookies.get(gate.cookie, ""))
        if reviewer is None:
            return _refused(
                HTTPStatus.FORBIDDEN,
                "This browser has not been let in, or was away for too long.",
                "Ask a colleague who reviews for an invitation, or start scangrade review again.",
            )
        g.reviewer = reviewer
        return None if request.method in ("GET", "HEAD") else _check_change(gate)

    @app.after_request
    def protect(response: Response) -> Response:
        response.headers.update(HEADERS)
        response.headers.pop("Server", None)
        return response

    @app.get("/enter")
    def enter() -> Response:
        name = gate.enter(request.args.get("token", ""))
        if name is None:
            return _refused(
                HTTPStatus.FORBIDDEN,
                "This link has been used, or is too old.",
                "A link lets one browser in, once, within ten minutes. Start scangrade review again.",
            )
        response = make_response(redirect("/", HTTPStatus.SEE_OTHER))
        response.set_cookie(gate.cookie, name, httponly=True, samesite="Strict", path="/")
        return response


def _check_change(gate: Gate) -> Response | None:
    if not gate.is_own_origin(request.headers.get("Origin", ""), request.headers.get("Host", "")):
        return _refused(HTTPStatus.FORBIDDEN, "This was not asked for by the review page.", "")
    if not request.is_json:
        return _refused(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "This is not what the page sends.", "")
    return None


def _refused(status: HTTPStatus, what: str, hint: str) -> Response:
    if request.path.startswith("/api/"):
        response = jsonify({"error": what, "hint": hint})
    else:
        response = make_response(render_template("message.html", what=what, hint=hint))
    response.status_code = status
    return response


def _add_faults(app: Flask) -> None:
    @app.errorhandler(ScangradeError)
    def told(error: ScangradeError) -> Response:
        response = jsonify({"error": error.message.removeprefix("review: "), "hint": error.hint})
        if isinstance(error, UnreadablePage):
            response.status_code = HTTPStatus.NOT_FOUND
        else:
            is_busy = isinstance(error, ResultsFault)
            response.status_code = HTTPStatus.SERVICE_UNAVAILABLE if is_busy else HTTPStatus.CONFLICT
        return response

    @app.errorhandler(HTTPException)
    def unknown(error: HTTPException) -> Response:
        status = HTTPStatus(error.code or 500)
        return _refused(status, f"{status.phrase}: there is nothing to do here.", "")

    @app.errorhandler(Exception)
    def broken(error: Exception) -> Response:
        log.error("the review page failed at %s", request.path, exc_info=error)
        what = f"The review page failed ({type(error).__name__}). What was decided is stored."
        return _refused(HTTPStatus.INTERNAL_SERVER_ERROR, what, "Load the page again.")
