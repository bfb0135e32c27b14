"""What each address of the review page answers."""

from collections.abc import Callable
from typing import Any

from flask import Flask, Response, g, jsonify, make_response, render_template, request

from pipeline.errors import UsageFault
from pipeline.review.page.crops import VIEWS, View
from pipeline.review.page.desk import Desk, Outcome, Wish
from pipeline.review.page.payload import (
    decision_json,
    found_students,
    item_json,
    line_json,
    looks_json,
    state_json,
    student_json,
)
from pipeline.review.page.security import Gate, Reviewer

MOST_LINES = 200
"""Lines of the list that one answer holds."""
WALL_CROPS = 24
MOST_NAME = 80
MOST_TEXT = 2000
MOST_DRAWN = 1000

Finish = Callable[[], None]


def add_views(app: Flask, desk: Desk, gate: Gate, finish: Finish | None) -> None:
    """Add every address to the application."""
    _add_reading(app, desk, gate)
    _add_lists(app, desk)
    _add_deciding(app, desk, gate)
    _add_ending(app, desk, finish)


def _reviewer() -> Reviewer:
    reviewer: Reviewer = g.reviewer
    return reviewer


def _add_reading(app: Flask, desk: Desk, gate: Gate) -> None:
    @app.get("/")
    def index() -> str:
        return render_template("review.html", folder=str(desk.results), name=desk.results.resolve().name)

    @app.get("/api/state")
    def state() -> Response:
        desk.refresh()
        me = _reviewer()
        me.looks_at = request.args.get("at", "")[:MOST_TEXT]
        since = request.args.get("since", type=int)
        rows = desk.rows if since is None else desk.rows[max(0, since) :]
        others = [{"by": one.by or "someone", "at": one.looks_at} for one in gate.others(me)]
        news = [] if since is None else [decision_json(row) for row in rows]
        return jsonify({**state_json(desk), "by": me.by, "others": others, "news": news})

    @app.get("/api/doubt")
    def doubt() -> Response:
        name = request.args.get("id", "")
        if name not in desk.batch.items:
            raise UsageFault(f"there is no doubt {name} any more")
        return jsonify(item_json(desk, name))

    @app.get("/picture")
    def picture() -> Response:
        view: View = next((one for one in VIEWS if one == request.args.get("view")), "sheet")
        response = make_response(desk.picture(request.args.get("id", ""), view))
        response.mimetype = "image/jpeg"
        return response


def _add_lists(app: Flask, desk: Desk) -> None:
    @app.get("/api/queue")
    def queue() -> Response:
        names = desk.listed(request.args.get("show", "open"))
        kind = request.args.get("kind", "")
        if kind:
            names = [name for name in names if desk.batch.items[name].doubt.kind == kind]
        offset = max(0, request.args.get("offset", 0, type=int))
        if after := request.args.get("after", ""):
            places = desk.batch.places
            offset = sum(places[name] <= places.get(after, -1) for name in names)
        limit = min(MOST_LINES, max(1, request.args.get("limit", 50, type=int)))
        lines = [line_json(desk, name) for name in names[offset : offset + limit]]
        return jsonify({"total": len(names), "offset": offset, "load": desk.loads, "lines": lines})

    @app.get("/api/wall")
    def wall() -> Response:
        key = request.args.get("key", "")
        found = next((one for one in desk.batch.walls if one.key == key), None)
        names = [name for name in found.doubts if desk.fresh(name) is None] if found else []
        left_out = set(request.args.get("without", "").split("\n"))
        shown = [name for name in names if name not in left_out][:WALL_CROPS]
        return jsonify({"total": len(names), "items": [item_json(desk, name) for name in shown]})

    @app.get("/api/students")
    def students() -> Response:
        return jsonify(found_students(desk, request.args.get("q", "")[:MOST_TEXT]))

    @app.get("/api/student")
    def student() -> Response:
        return jsonify(student_json(desk, request.args.get("id", "")))

    @app.get("/api/looks")
    def looks() -> Response:
        return jsonify(looks_json(desk))


def _add_deciding(app: Flask, desk: Desk, gate: Gate) -> None:
    @app.post("/api/name")
    def name() -> Response:
        by = " ".join(_text(_body(), "by").split())[:MOST_NAME]
        if not by:
            raise UsageFault("a name is needed", hint="it stands beside every decision")
        _reviewer().by = by
        return jsonify({"by": by})

    @app.post("/api/decide")
    def decide() -> Response:
        asked = _body().get("decisions")
        if not isinstance(asked, list) or not asked:
            raise UsageFault("there is nothing to decide")
        wishes = [
            Wish(
                doubt=_text(one, "doubt"),
                value=_text(one, "value"),
                note=_text(one, "note"),
                seen=_text(one, "seen"),
            )
            for one in asked
        ]
        return _told(desk.decide(_reviewer(), wishes))

    @app.post("/api/undo")
    def undo() -> Response:
        return _told(Outcome(stored=desk.undo(_reviewer()), conflicts=()))

    @app.post("/api/invite")
    def invite() -> Response:
        return jsonify({"link": gate.link()})

    @app.post("/api/draw")
    def draw() -> Response:
        count = _body().get("count")
        if not isinstance(count, int) or not 1 <= count <= MOST_DRAWN:
            raise UsageFault(f"write a number from 1 to {MOST_DRAWN}")
        desk.draw(count)
        return jsonify(looks_json(desk))


def _add_ending(app: Flask, desk: Desk, finish: Finish | None) -> None:
    @app.post("/api/publish")
    def publish() -> Response:
        report = desk.publish()
        summary = report.summary
        exams = [{"exam": line.exam, "students": dict(line.students)} for line in summary.exams]
        return jsonify(
            {
                "exit_code": int(report.exit_code),
                "doubts": summary.doubts,
                "exams": exams,
                "notices": list(summary.notices),
            }
        )

    @app.post("/api/finish")
    def end() -> Response:
        desk.publish()
        response = jsonify({"finished": True})
        if finish is not None:
            response.call_on_close(finish)  # the process may end as soon as the server does
        return response


def _told(outcome: Outcome) -> Response:
    return jsonify(
        {
            "stored": [decision_json(one) for one in outcome.stored],
            "conflicts": [decision_json(one) for one in outcome.conflicts],
        }
    )


def _body() -> dict[str, Any]:
    body = request.get_json(silent=True)
    if not isinstance(body, dict):
        raise UsageFault("this is not what the page sends")
    return body


def _text(values: object, name: str) -> str:
    value = values.get(name, "") if isinstance(values, dict) else None
    if not isinstance(value, str) or len(value) > MOST_TEXT:
        raise UsageFault(f"{name} must be a short text")
    return value
