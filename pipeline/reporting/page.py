"""The report as one HTML file that opens offline and prints."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

TEMPLATE = Path(__file__).with_name("report.html.jinja")


def report_page(values: Mapping[str, Any]) -> str:
    """The report with these values; every text is escaped, pictures are :class:`markupsafe.Markup`."""
    from jinja2 import Environment, StrictUndefined

    environment = Environment(
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    return environment.from_string(TEMPLATE.read_text("utf-8")).render(values)
