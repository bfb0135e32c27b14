"""``scangrade init``: a commented exam file to begin with, and its schema for editors."""

import json
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from string import Template

from pipeline.errors import ResultsFault, UsageFault, system_reason
from pipeline.exam import exam_id_of, exam_schema
from pipeline.reporting import replace_files, text_content

SCHEMA = "exam.schema.json"
STARTER = "starter.yaml"


@dataclass(frozen=True, slots=True, kw_only=True)
class StarterSettings:
    """Options of ``scangrade init``."""

    output: Path
    """The exam file."""
    exam: str = ""
    """Its id; empty: made of the file's name."""
    title: str = ""
    """Empty: the id."""
    paper: str = "a4"
    schema: bool = False
    """Whether the JSON Schema goes beside it, for editors that complete and check YAML."""
    force: bool = False
    """Whether files that are there may be replaced."""


def write_starter(settings: StarterSettings) -> tuple[Path, ...]:
    """Write an exam file that explains itself; its folder is made.

    Returns
    -------
    tuple of Path
        The exam file, and its schema when one was asked for.

    Raises
    ------
    UsageFault
        The file is there already, is no ``.yaml``, or gives no exam id.
    ResultsFault
        It cannot be written.
    """
    output = settings.output
    contents = {output: starter_text(settings)}
    if settings.schema:
        text = json.dumps(exam_schema(), indent=2, ensure_ascii=False)
        contents[output.with_name(SCHEMA)] = f"{text}\n"
    for path in contents:
        if path.exists() and not settings.force:
            hint = "name another file, or say --force to replace it"
            raise UsageFault(f"{path} is there already, and it is not overwritten", hint=hint)
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ResultsFault(
            f"cannot make the folder {output.parent}: {system_reason(error)}", hint="name another file"
        ) from error
    return replace_files({path: text_content(text) for path, text in contents.items()})


def starter_text(settings: StarterSettings) -> str:
    """Text of the exam file.

    Raises
    ------
    UsageFault
        The file is no ``.yaml``, or there is no exam id.
    """
    output = settings.output
    if output.suffix.lower() not in (".yaml", ".yml"):
        hint = f"say scangrade init {output.with_suffix('.yaml')}"
        raise UsageFault(f"{output} is no name of an exam file", hint=hint)
    exam = settings.exam or exam_id_of(output.stem)
    if not exam or exam_id_of(exam) != exam:
        hint = "say --exam with 1 to 24 of a-z, 0-9 and -, like algebra-2025"
        raise UsageFault(f"{exam or output.stem!r} cannot be an exam id", hint=hint)
    text = files("pipeline.exam").joinpath(STARTER).read_text("utf-8")
    # A JSON text is a YAML text: no title can be taken for anything else.
    title = json.dumps(settings.title or exam, ensure_ascii=False)
    file = " ".join(str(output).split())
    filled = Template(text).substitute(exam=exam, title=title, file=file, paper=settings.paper)
    return f"# yaml-language-server: $schema={SCHEMA}\n{filled}" if settings.schema else filled
