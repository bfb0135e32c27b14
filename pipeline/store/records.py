"""Page results as rows, and back: arrays as raw bytes with their shapes, the rest as JSON."""

import json
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.model import (
    PageCode,
    PageFailed,
    PageQuality,
    PageRead,
    PageResult,
    PageSource,
    PageUnmatched,
)

FEATURE_TYPE = np.dtype("<f2")
PLACE_TYPE = np.dtype("<f4")


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyVersion:
    """An exam file as it was when it graded something."""

    exam: str
    hash: str
    """SHA-256 of the file's bytes, hexadecimal."""
    file: str
    """Path from the root; as the user named it where an earlier version kept it."""
    text: bytes
    """The file's bytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PackedResult:
    """A page result without its source, as the store keeps it."""

    kind: str
    """read, unmatched or failed."""
    record: str
    """JSON with sorted keys."""
    features: bytes | None = None
    """(boxes, features) float16, little-endian, row by row."""
    places: bytes | None = None
    """(boxes, 4) float32, little-endian, row by row."""


_NO_FEATURES = np.zeros((0, 0), FEATURE_TYPE)
_NO_PLACES = np.zeros((0, 4), PLACE_TYPE)


class DamagedRecordError(ValueError):
    """A stored record does not make a page result."""


def pack(result: PageResult) -> PackedResult:
    """A page result as JSON and raw bytes; its source is left to the store's keys."""
    if isinstance(result, PageFailed):
        failed = {"code": result.code, "message": result.message, "hint": result.hint}
        return PackedResult(kind="failed", record=_json(failed))
    if isinstance(result, PageUnmatched):
        unmatched = {
            "finding": result.finding,
            "message": result.message,
            "ink": float(result.ink),
            "marks_found": int(result.marks_found),
            "code": _code_json(result.code),
            "other_codes": list(result.other_codes),
        }
        return PackedResult(kind="unmatched", record=_json(unmatched))
    read = {
        "code": _code_json(result.code),
        "other_codes": list(result.other_codes),
        "sheet": int(result.sheet),
        "layout_hash": result.layout_hash,
        "rms_mm": float(result.rms_mm),
        "quality": _quality_json(result.quality),
        "features_shape": list(result.features.shape),
        "places_shape": list(result.places_px.shape),
    }
    return PackedResult(
        kind="read",
        record=_json(read),
        features=_bytes(result.features, FEATURE_TYPE),
        places=_bytes(result.places_px, PLACE_TYPE),
    )


def unpack(packed: PackedResult, source: PageSource) -> PageResult:
    """The page result of ``packed`` for the page ``source``.

    Raises
    ------
    DamagedRecordError
        When the stored text or bytes do not make a result.
    """
    try:
        record = json.loads(packed.record)
        if packed.kind == "failed":
            return PageFailed(source=source, **record)
        record["code"] = PageCode(**record["code"]) if record["code"] else None
        record["other_codes"] = tuple(record["other_codes"])
        if packed.kind == "unmatched":
            return PageUnmatched(source=source, **record)
        quality = record.pop("quality")
        quality["notes"] = tuple(quality["notes"])
        return PageRead(
            source=source,
            quality=PageQuality(**quality),
            features=_array(packed.features, FEATURE_TYPE, record.pop("features_shape")),
            places_px=_array(packed.places, PLACE_TYPE, record.pop("places_shape")),
            **record,
        )
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise DamagedRecordError(f"{source.file}, page {source.page}: {error}") from error


def without_measures(result: PageResult) -> PageResult:
    """A page result without the measures and places of its boxes, which are nine tenths of it."""
    if not isinstance(result, PageRead):
        return result
    return replace(result, features=_NO_FEATURES, places_px=_NO_PLACES)


def _json(value: Any) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"))


def _code_json(code: PageCode | None) -> dict[str, Any] | None:
    return asdict(code) if code is not None else None


def _quality_json(quality: PageQuality) -> dict[str, Any]:
    return {
        "dpi": float(quality.dpi),
        "background": float(quality.background),
        "print_grey": float(quality.print_grey),
        "bilevel": bool(quality.bilevel),
        "quarter_turns": int(quality.quarter_turns),
        "notes": list(quality.notes),
    }


def _bytes(array: NDArray[Any], dtype: np.dtype[Any]) -> bytes:
    return np.ascontiguousarray(array, dtype=dtype).tobytes()


def _array(data: bytes | None, dtype: np.dtype[Any], shape: list[int]) -> NDArray[Any]:
    if data is None:
        raise DamagedRecordError("the measured values are missing")
    return np.frombuffer(data, dtype=dtype).reshape(shape)
