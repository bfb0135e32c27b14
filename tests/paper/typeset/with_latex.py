r"""Typesets exams with LaTeX: boxes are glyphs, rules and tikz paths; their truth is \pdfsavepos."""

import shutil
import subprocess
from pathlib import Path

from pipeline.model import Kind
from tests.paper.typeset.content import Asked, Head, PaperExam

AVAILABLE = shutil.which("pdflatex") is not None
_POINT = 25.4 / 72.27 / 65536
_ESCAPES = {"%": r"\%", "&": r"\&", "#": r"\#", "_": r"\_", ">": "$>$", "<": "$<$"}
_HALVES = {"½": r"$\frac{1}{2}$", "1½": r"$1\frac{1}{2}$", "2½": r"$2\frac{1}{2}$"}
_BOXES = {
    "ponds-tum": r"\fbox{\rule{0pt}{2.4mm}\rule{2.4mm}{0pt}}",
    "ponds-uw": r"$\bigcirc$",
    "ponds-ist": r"$\square$",
}
_HEAD = r"""\documentclass[11pt,%(paper)s]{article}
\usepackage[margin=25mm]{geometry}
\usepackage{amssymb}
\usepackage{tikz}
\setlength{\parindent}{0pt}\setlength{\parskip}{3pt}\setlength{\fboxsep}{0.4mm}
\pagestyle{empty}
\newwrite\places
\immediate\openout\places=places.txt
\newcommand{\place}[1]{\pdfsavepos\write\places{#1;\thepage;\the\pdflastxpos;\the\pdflastypos}}
\newcommand{\answerbox}[1]{\leavevmode\place{#1;start}%(box)s\place{#1;end}}
\begin{document}
"""


def typeset(exam: PaperExam, path: Path) -> dict[tuple[str, str], tuple[int, float, float]]:
    """Write an exam's PDF; gives page, left and right edge (mm) of each box's glyph."""
    folder = path.parent / f"{path.stem}-latex"
    folder.mkdir(exist_ok=True)
    text = _HEAD % {"paper": "letterpaper" if exam.letter else "a4paper", "box": _BOXES[exam.name]}
    lines = [_item(item) for item in exam.items]
    (folder / "exam.tex").write_text(text + "\n\n".join(lines) + "\n\\end{document}\n", encoding="utf-8")
    subprocess.run(
        ["pdflatex", "-no-shell-escape", "-interaction=batchmode", "-halt-on-error", "exam.tex"],
        cwd=folder, check=True, stdout=subprocess.DEVNULL, timeout=120,
    )  # fmt: skip
    shutil.copy(folder / "exam.pdf", path)
    return _truth(folder / "places.txt")


def _truth(path: Path) -> dict[tuple[str, str], tuple[int, float, float]]:
    edges: dict[tuple[str, str], list[tuple[int, float]]] = {}
    for line in path.read_text().splitlines():
        question, option, _, page, x, _ = line.split(";")
        edges.setdefault((question, option), []).append((int(page), int(x) * _POINT))
    return {name: (start[0], start[1], end[1]) for name, (start, end) in edges.items()}


def _plain(text: str) -> str:
    return "".join(_ESCAPES.get(character, character) for character in text)


def _item(item: Asked | Head | None) -> str:
    if item is None:
        return r"\newpage"
    return _head(item) if isinstance(item, Head) else _asked(item)


def _head(head: Head) -> str:
    if head.style == "score":
        return r"\begin{tabular}{|" + r"p{6mm}|" * 8 + r"}\hline " + r"&" * 7 + r"\\[4mm]\hline\end{tabular}"
    if head.style == "empty":
        return rf"\hfill\answerbox{{exam-empty;X}} {head.text}"
    if head.style == "examples":
        return (
            rf"{_plain(head.text)} \tikz{{\draw (0,0) rectangle (.36,.36) (0,0) -- (.36,.36)"
            r" (.36,0) -- (0,.36);}"
            r"\quad\tikz{\fill (0,0) rectangle (.36,.36);}\quad$\bullet$"
        )
    return rf"\textbf{{\large {_plain(head.text)}}}" if head.style != "text" else _plain(head.text)


def _asked(asked: Asked) -> str:
    lines = [rf"{asked.printed} {_plain(asked.text)}"]
    if asked.kind is Kind.CREDITS:
        boxes = [
            rf"\makebox[6mm][r]{{{_HALVES.get(label, label)}}} \answerbox{{{asked.id};{option}}}"
            for label, option in zip(asked.credits, asked.option_ids, strict=True)
        ]
        column = r"\parbox[t]{13mm}{" + r"\\[0.6mm] ".join(boxes) + "}"
        return rf"\hspace*{{-14mm}}{column}\hspace{{3mm}}\parbox[t]{{140mm}}{{{lines[0]}\vspace{{22mm}}}}"
    if asked.listed:
        listed = [rf"\hspace*{{8mm}}({'abcdefg'[n]}) {_plain(line)}" for n, line in enumerate(asked.listed)]
        lines.append(r"\\ ".join(listed))
    if asked.figure:
        lines.append(
            r"\begin{tikzpicture}\foreach \x in {0,2,4} {\node[circle,draw] (a\x) at (\x,0) {$x$};"
            r"\node[circle,draw] (b\x) at (\x,1.5) {$h$};\draw[->] (a\x) -- (b\x);}"
            r"\draw (a0) -- (b2) (a2) -- (b4) (a4) -- (b0);\end{tikzpicture}"
        )
    for place, (text, option) in enumerate(zip(asked.options, asked.option_ids, strict=True)):
        letter = f"{'ABCDEFGH'[place]}. " if asked.lettered else ""
        lines.append(rf"\hspace*{{6mm}}\answerbox{{{asked.id};{option}}}~~{letter}{_plain(text)}")
    if not asked.options:
        lines.append(r"\vspace{15mm}")
    return "\n\n".join(lines)
