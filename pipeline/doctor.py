"""What this machine has and lacks."""

import importlib
import importlib.util
import platform
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Literal

LIBRARIES = {
    "cv2": "opencv-python-headless",
    "numpy": "numpy",
    "pandas": "pandas",
    "pikepdf": "pikepdf",
    "pypdfium2": "pypdfium2",
    "pdf2image": "pdf2image",
    "PIL": "pillow",
    "zxingcpp": "zxing-cpp",
    "reportlab": "reportlab",
    "uharfbuzz": "uharfbuzz",
    "flask": "flask",
    "jinja2": "jinja2",
    "xlsxwriter": "xlsxwriter",
}
"""Package to install, by the name that it is imported by."""

FONTS = ("fontpkg_noto_sans", "fontpkg_noto_sans_arabic", "noto_cjk_sans_otc")
"""Packages of the typefaces that sheets are printed with."""

Health = Literal["ok", "note", "fail"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing that was looked at."""

    name: str
    health: Health
    """note: works without it; fail: does not work."""
    found: str
    advice: str = ""


def examine(folder: Path) -> tuple[Check, ...]:
    """Check Python, libraries, poppler, fonts and the right to write.

    Parameters
    ----------
    folder
        Where results would go.
    """
    return (
        _python(),
        *(_library(name) for name in LIBRARIES),
        _poppler(),
        _fonts(),
        _writable("results folder", folder),
        _writable("temporary folder", Path(tempfile.gettempdir())),
    )


def _python() -> Check:
    found = f"{platform.python_version()} on {platform.platform(terse=True)}"
    return Check(name="Python", health="ok", found=found)


def _library(name: str) -> Check:
    package = LIBRARIES[name]
    try:
        importlib.import_module(name)
        found = version(package)
    except (ImportError, PackageNotFoundError) as error:
        what = str(error).splitlines()[0]
        return Check(name=package, health="fail", found=what, advice=f"type: pip install {package}")
    return Check(name=package, health="ok", found=found)


def _fonts() -> Check:
    missing = [name for name in FONTS if importlib.util.find_spec(name) is None]
    if missing:
        advice = f"to print sheets, type: pip install {' '.join(name.replace('_', '-') for name in missing)}"
        return Check(name="fonts", health="note", found=f"{', '.join(missing)} not installed", advice=advice)
    return Check(name="fonts", health="ok", found=", ".join(FONTS))


def _poppler() -> Check:
    program = shutil.which("pdftoppm")
    if program is None:
        advice = "optional: pypdfium2 renders PDF pages instead (apt-get install poppler-utils)"
        return Check(name="poppler", health="note", found="not installed", advice=advice)
    try:
        told = subprocess.run([program, "-v"], capture_output=True, text=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        advice = "use --pdf-engine pdfium"
        return Check(name="poppler", health="note", found=f"does not run: {error}", advice=advice)
    lines = (told.stderr or told.stdout).splitlines()
    return Check(name="poppler", health="ok", found=lines[0] if lines else program)


def _writable(name: str, folder: Path) -> Check:
    """Try in the folder, or where it would be made."""
    place = folder.absolute()
    while not place.exists() and place != place.parent:
        place = place.parent
    try:
        with tempfile.TemporaryFile(dir=place):
            pass
    except OSError as error:
        advice = "name another folder" if name == "results folder" else "set TMPDIR to another folder"
        return Check(name=name, health="fail", found=f"{place}: {error.strerror}", advice=advice)
    return Check(name=name, health="ok", found=f"may write in {place}")
