"""Versions of all that a reading depends on: two machines that agree in them read a page alike."""

import hashlib
import shutil
import subprocess
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from pipeline import __version__
from pipeline.reading import PdfEngine

PACKAGES = ("opencv-python-headless", "numpy", "pikepdf", "pillow", "pypdfium2", "pdf2image", "zxing-cpp")
"""Libraries between the bytes of a scan and the measures of its boxes."""


def reading_versions(engine: PdfEngine) -> dict[str, str]:
    """The version of each of them on this machine, by its name.

    Parameters
    ----------
    engine
        What renders PDF pages: unless it is ``pdfium``, poppler is among them.

    Returns
    -------
    dict
        ``scangrade`` is the version with the beginning of a hash over the program's files, so that two
        working copies of one version are told apart; "none" for what is not installed.
    """
    found = {"scangrade": f"{__version__} ({_program()[:8]})"}
    found |= {name: _version(name) for name in PACKAGES}
    if engine != "pdfium":
        found["poppler"] = _poppler()
    return found


@cache
def _program() -> str:
    """Hash over every file of the package, hexadecimal."""
    whole = hashlib.sha256()
    folder = Path(__file__).parent
    names = sorted(
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    )
    for name in names:
        data = (folder / name).read_bytes()
        whole.update(f"{name}\n{len(data)}\n".encode())
        whole.update(data)
    return whole.hexdigest()


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "none"


@cache
def _poppler() -> str:
    program = shutil.which("pdftoppm")
    if program is None:
        return "none"
    try:
        told = subprocess.run([program, "-v"], capture_output=True, text=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return "none"
    words = (told.stderr or told.stdout).split()
    return next((word for word in words if word[:1].isdigit()), "unknown")
