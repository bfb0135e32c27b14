"""Make ``sample_scans/`` anew: five exams in five kinds of scan file, with their truth.

``python3 dev.py bench samples [FOLDER]``. The same code gives the same bytes; look at the pages and
work the golden points out again (``tests/test_samples.py``) whenever they change.
"""

import csv
import io
import shutil
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import pikepdf
from PIL import Image, ImageSequence

from pipeline.exam import compose_sheet, layout_json, layouts_folder, load_exam
from pipeline.paper.simulate import SimulationSettings
from pipeline.prepare import rehearse

ROOT = Path(__file__).resolve().parent.parent
LISTS = ("roster.csv", "sheets.csv", "truth/marks.csv", "truth/answers.csv", "truth/pages.csv")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One exam of the samples."""

    exam: str
    """Name of the exam file, and of the folder."""
    students: int
    settings: SimulationSettings


SAMPLES = (
    Sample(
        exam="dtu-02456-2025-12",
        students=8,
        settings=SimulationSettings(
            seed=2456,
            profile="office-200",
            format="pdf",
            blank_backs=True,
            upside_down=1,
            duplicates=1,
            foreign=1,
            absent=1,
            spare=1,
            changes=0.0,
        ),
    ),
    Sample(
        exam="tum-in2346-2023-02",
        students=6,
        settings=SimulationSettings(
            seed=2346, profile="office-200", format="pdf-g4", changes=0.06, sideways=1, pen="gel"
        ),
    ),
    Sample(
        exam="itm-528-2024",
        students=6,
        settings=SimulationSettings(seed=528, profile="office-200", format="tiff", changes=0.0),
    ),
    Sample(
        exam="uw-cse493g1-2025-practice",
        students=6,
        settings=SimulationSettings(seed=493, profile="clean-300", format="png", changes=0.0, upside_down=1),
    ),
    Sample(
        exam="ist-dl-2022-02",
        students=6,
        settings=SimulationSettings(seed=2022, profile="phone", format="jpeg", changes=0.0),
    ),
)


def shrink(path: Path) -> None:
    """Keep the samples small: the resolution and depth that offices with little disk use."""
    if path.suffix == ".png":
        with Image.open(path) as picture:
            grey = picture.convert("L").reduce(2)
        few = grey.point([255 if level > 215 else level // 72 * 72 for level in range(256)])
        few.quantize(4).save(path, dpi=(150, 150), optimize=True)
    elif path.suffix == ".jpg":
        with Image.open(path) as picture:
            smaller(picture, 0.45).save(path, "JPEG", quality=40)
    elif path.suffix == ".pdf":
        with pikepdf.open(path, allow_overwriting_input=True) as pdf:
            for page in pdf.pages:
                for image in page.get_images().values():
                    recompress(image)
            pdf.save(path, deterministic_id=True)
    elif path.suffix == ".tif":
        with Image.open(path) as picture:
            pages = [smaller(page.convert("L"), 0.75) for page in ImageSequence.Iterator(picture)]
        pages[0].save(
            path,
            "TIFF",
            save_all=True,
            append_images=pages[1:],
            compression="jpeg",
            quality=30,
            dpi=(150, 150),
        )


def recompress(image: pikepdf.Object) -> None:
    """Give a page's JPEG a lower quality; any other image is left as it is."""
    if image.get("/Filter") != pikepdf.Name.DCTDecode:
        return
    out = io.BytesIO()
    with Image.open(io.BytesIO(image.read_raw_bytes())) as picture:
        picture.save(out, "JPEG", quality=35)
    image.write(out.getvalue(), filter=pikepdf.Name.DCTDecode)


def smaller(picture: Image.Image, share: float) -> Image.Image:
    """A picture scaled down, each new pixel the mean of those that it covers."""
    size = (round(picture.width * share), round(picture.height * share))
    return picture.resize(size, Image.Resampling.BOX)


def renamed(name: str, sample: Sample) -> str:
    """Path of a scan inside the samples."""
    return f"{sample.exam}/{name}" if name else ""


def make(folder: Path) -> None:
    """Write every exam's scans into ``folder`` and join their lists."""
    joined: dict[str, list[list[str]]] = {}
    for sample in SAMPLES:
        target = folder / sample.exam
        shutil.rmtree(target, ignore_errors=True)
        with tempfile.TemporaryDirectory() as name:
            made = Path(name)
            summary = rehearse(
                ROOT / "answer_keys" / f"{sample.exam}.yaml", sample.students, made, sample.settings
            )
            shutil.copytree(made / "scans", target)
            keep_layouts(ROOT / "answer_keys" / f"{sample.exam}.yaml")
            for path in sorted(target.iterdir()):
                shrink(path)
            for table in LISTS:
                join(joined.setdefault(table, []), made / table, sample)
        size = sum(path.stat().st_size for path in target.iterdir())
        print(f"{sample.exam}: {summary.students} students, {summary.pages} pages, {size / 1e6:.1f} MB")
    for table, rows in joined.items():
        path = folder / table
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w", encoding="utf-8", newline="") as out:
            csv.writer(out, lineterminator="\n").writerows(rows)


def keep_layouts(exam_file: Path) -> None:
    """Keep the layouts that these sheets were printed with, as ``scangrade sheet`` does."""
    kept = layouts_folder(exam_file)
    shutil.rmtree(kept, ignore_errors=True)
    kept.mkdir()
    for exam in load_exam(exam_file).versions.values():
        layout = compose_sheet(exam).layout
        (kept / f"{layout.hash}.json").write_text(layout_json(layout), encoding="utf-8")


def join(rows: list[list[str]], path: Path, sample: Sample) -> None:
    """Append a table's rows, its header once, with the scans' new paths."""
    with path.open(encoding="utf-8", newline="") as lines:
        header, *body = csv.reader(lines)
    if not rows:
        rows.append(header)
    if "file" in header:
        place = header.index("file")
        body = [[*row[:place], renamed(row[place], sample), *row[place + 1 :]] for row in body]
    rows.extend(body)


if __name__ == "__main__":
    make(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "sample_scans")
