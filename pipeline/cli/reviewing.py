"""``scangrade review RESULTS``: serve the review page until it is finished."""

from pathlib import Path

import click

from pipeline.cli.output import is_quiet, write_json


def review_page(results: Path, by: str, port: int, *, browser: bool, as_json: bool) -> int:
    """Serve the page, say where it is and how it ended; gives the exit code of the results."""
    from pipeline.cli.results import print_results, summary_values
    from pipeline.review.page import serve_page

    def tell(link: str) -> None:
        click.echo(f"The review page of {results} is open, on this computer alone, at", err=True)
        click.echo(f"  {link}", err=True)
        click.echo(
            "The link works once, within ten minutes. End with Finish on the page, or Ctrl-C.", err=True
        )

    served = serve_page(results, by=by.strip(), port=port, browser=browser, tell=tell)
    if as_json:
        summary = summary_values(served.report.summary) if served.report else {}
        write_json({"exit_code": int(served.exit_code), "unpublished": served.unpublished, **summary})
    elif served.report is not None and not is_quiet():
        print_results(served.report.summary)
    if served.unpublished and not is_quiet():
        count = "1 decision is" if served.unpublished == 1 else f"{served.unpublished} decisions are"
        click.echo(f"{count} stored and not in the grades yet: scangrade regrade {results}", err=True)
    return int(served.exit_code)
