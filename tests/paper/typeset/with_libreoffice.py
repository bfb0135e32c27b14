"""Typesets exams with LibreOffice Writer: boxes are characters of whatever font has them."""

import os
import shutil
import subprocess
from html import escape
from pathlib import Path

from pipeline.model import Kind
from tests.paper.typeset.content import Asked, Head, PaperExam

AVAILABLE = shutil.which("soffice") is not None
_SQUARE, _CIRCLE = "\u2610", "\u25cb"
_HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<office:document xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"
 xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"
 xmlns:style="urn:oasis:names:tc:opendocument:xmlns:style:1.0"
 xmlns:fo="urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0"
 xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"
 office:version="1.3" office:mimetype="application/vnd.oasis.opendocument.text">
<office:automatic-styles>
<style:style style:name="P" style:family="paragraph">
<style:text-properties fo:font-size="11pt"/></style:style>
<style:style style:name="B" style:family="paragraph" style:parent-style-name="P">
<style:text-properties fo:font-size="13pt" fo:font-weight="bold"/></style:style>
<style:style style:name="N" style:family="paragraph" style:parent-style-name="P">
<style:paragraph-properties fo:break-before="page"/></style:style>
<style:style style:name="Box" style:family="text">
<style:text-properties fo:font-size="14pt"/></style:style>
<style:page-layout style:name="L">
<style:page-layout-properties fo:page-width="%s" fo:page-height="%s"
 fo:margin-top="20mm" fo:margin-bottom="20mm" fo:margin-left="22mm" fo:margin-right="22mm"/>
</style:page-layout>
</office:automatic-styles>
<office:master-styles>
<style:master-page style:name="Standard" style:page-layout-name="L"/>
</office:master-styles>
<office:body><office:text>
"""
_SPACE = '<text:s text:c="2"/>'


def typeset(exam: PaperExam, path: Path) -> None:
    """Write an exam's PDF."""
    folder = path.parent / f"{path.stem}-office"
    folder.mkdir(exist_ok=True)
    box = _CIRCLE if exam.shape == "circle" else _SQUARE
    sides = ("215.9mm", "279.4mm") if exam.letter else ("210mm", "297mm")
    lines = [_HEAD % sides]
    for item in exam.items:
        lines += _item(item, f'<text:span text:style-name="Box">{box}</text:span>')
    lines.append("</office:text></office:body></office:document>")
    (folder / "exam.fodt").write_text("\n".join(lines), encoding="utf-8")
    subprocess.run(
        ["soffice", f"-env:UserInstallation=file://{folder}/profile", "--headless", "--convert-to", "pdf",
         "--outdir", str(folder), str(folder / "exam.fodt")],
        check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=180,
        env={**os.environ, "HOME": str(folder)},
    )  # fmt: skip
    shutil.copy(folder / "exam.pdf", path)


def _paragraph(content: str, style: str = "P") -> str:
    return f'<text:p text:style-name="{style}">{content}</text:p>'


def _item(item: Asked | Head | None, box: str) -> list[str]:
    if item is None:
        return [_paragraph("", "N")]
    if isinstance(item, Asked):
        return _asked(item, box)
    if item.style == "score":
        cells = "<table:table-cell/>" * 8
        columns = '<table:table-column table:number-columns-repeated="8"/>'
        return [f"<table:table>{columns}<table:table-row>{cells}</table:table-row></table:table>"]
    if item.style == "empty":
        return [_paragraph(f"{box}{_SPACE}{escape(item.text)}")]
    if item.style == "examples":
        return [_paragraph(f"{escape(item.text)} \u2612 \u25a0 \u25cf")]
    return [_paragraph(escape(item.text), "P" if item.style == "text" else "B")]


def _asked(asked: Asked, box: str) -> list[str]:
    lines = [_paragraph(escape(f"{asked.printed} {asked.text}"))]
    if asked.kind is Kind.CREDITS:
        scale = f"{_SPACE}{_SPACE}".join(f"{box} {label}" for label in asked.credits)
        return [*lines, _paragraph(scale), _paragraph(""), _paragraph("")]
    for place, line in enumerate(asked.listed):
        lines.append(_paragraph(f"{_SPACE}{_SPACE}({'abcdefg'[place]}) {escape(line)}"))
    for place, text in enumerate(asked.options):
        letter = f"{'ABCDEFGH'[place]}. " if asked.lettered else ""
        lines.append(_paragraph(f"{_SPACE}{box}{_SPACE}{escape(letter + text)}"))
    return [*lines, _paragraph("")]
