"""``scangrade review RESULTS --second-look N``: draw a sample and say what to do with it."""

from pathlib import Path

import click

from pipeline.cli.output import is_quiet, progress, write_json


def second_look(results: Path, count: int, seed: int | None, *, as_json: bool) -> int:
    """Draw a sample, print where it is; gives the exit code of the results as they stand."""
    from pipeline.review import draw_second_look

    with progress() as show:
        drawn = draw_second_look(results, count, seed=seed, progress=show)
    if as_json:
        write_json(
            {
                "exit_code": int(drawn.exit_code),
                "boxes": drawn.boxes,
                "marked": drawn.marked,
                "looked_at_before": drawn.seen,
                "seed": drawn.seed,
                "pages_opened": drawn.pages,
                "table": str(drawn.table),
                "pictures": str(drawn.pictures),
            }
        )
    elif not is_quiet():
        unmarked = drawn.boxes - drawn.marked
        click.echo(
            f"drawn    {drawn.boxes} boxes: {drawn.marked} read as marked, {unmarked} not (seed {drawn.seed})"
        )
        click.echo(f"look at  {drawn.pictures}")
        click.echo(
            f'next     fill in the column "decision" of {drawn.table} (ok, or what the box says), then:'
        )
        click.echo(f"         scangrade review {results} --decisions {drawn.table} --by YOUR-NAME")
    return int(drawn.exit_code)
