"""The same PDF in other forms: turned, cropped, scanned, encrypted."""

import io
from pathlib import Path

import cv2
import numpy as np
import pikepdf
import pypdfium2
from PIL import Image


def turned(source: Path, path: Path, quarter_turns: int) -> Path:
    """Pages stored lying on a side and shown upright by /Rotate, in a larger media box with a crop box."""
    with pikepdf.open(source) as document:
        for page in document.pages:
            _, _, wide, high = (float(value) for value in page.mediabox)
            left, bottom = 37.0, 21.0
            matrix = {
                0: (1, 0, 0, 1, left, bottom),
                1: (0, 1, -1, 0, left + high, bottom),
                2: (-1, 0, 0, -1, left + wide, bottom + high),
                3: (0, -1, 1, 0, left, bottom + wide),
            }[quarter_turns]
            sides = (high, wide) if quarter_turns % 2 else (wide, high)
            page.contents_add(f"q {' '.join(f'{v:g}' for v in matrix)} cm".encode(), prepend=True)
            page.contents_add(b"Q")
            page.mediabox = pikepdf.Array([0, 0, left + sides[0] + 50, bottom + sides[1] + 10])
            page.cropbox = pikepdf.Array([left, bottom, left + sides[0], bottom + sides[1]])
            page.obj["/Rotate"] = 90 * quarter_turns
        document.save(path)
    return path


def encrypted(source: Path, path: Path) -> Path:
    """With a password that is asked for."""
    with pikepdf.open(source) as document:
        document.save(path, encryption=pikepdf.Encryption(owner="o", user="u"))
    return path


def scanned(source: Path, path: Path, *, dpi: int = 300, degrees: float = 0.3, seed: int = 5) -> Path:
    """As a scanner gives it: a grey picture a page, a little turned, with noise and grey paper."""
    rng = np.random.default_rng(seed)
    pictures = []
    document = pypdfium2.PdfDocument(source)
    for page in document:
        gray = np.array(page.render(scale=dpi / 72, grayscale=True).to_numpy(), np.uint8).squeeze()
        height, width = gray.shape
        turn = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1.0)
        gray = np.asarray(cv2.warpAffine(gray, turn, (width, height), borderValue=(255,)), np.uint8)
        soft = cv2.GaussianBlur(gray, (0, 0), 0.7).astype(np.float32)
        noisy = 30 + soft * (205 / 255) + rng.normal(0, 4, gray.shape)
        data = io.BytesIO()
        Image.fromarray(np.clip(noisy, 0, 255).astype(np.uint8)).save(
            data, "JPEG", quality=80, dpi=(dpi, dpi)
        )
        pictures.append(Image.open(io.BytesIO(data.getvalue())))
    document.close()
    pictures[0].save(path, "PDF", resolution=dpi, save_all=True, append_images=pictures[1:])
    return path
