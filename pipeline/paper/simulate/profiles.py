"""The scanners that can be simulated: what each does to a page."""

from dataclasses import dataclass, replace
from typing import Any

from pipeline.paper.simulate.draws import Draws, Range, widened


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanProfile:
    """What one kind of scanner does to a page; ranges are drawn evenly for each page."""

    name: str
    dpi: int
    color: bool = False
    bilevel: bool = False
    phone: bool = False
    skew: float = 0.6
    """Largest rotation, degrees."""
    shift: float = 1.5
    """Largest displacement, mm."""
    scale: float = 0.004
    """Largest relative error of both scales together."""
    stretch: float = 0.002
    """Largest relative error of the feed's direction alone."""
    wobble: float = 0.0
    """Largest uneven feed, mm."""
    blur: Range = (0.55, 0.85)
    """Standard deviation of the optics, pixels of the scan."""
    gamma: Range = (0.9, 1.1)
    noise: Range = (1.0, 3.0)
    """Standard deviation, grey levels of 255."""
    sharpen: Range = (0.0, 0.4)
    jpeg: tuple[int, int] = (75, 90)
    ink_density: Range = (0.76, 0.95)
    """Density of the print."""
    pale_print: float = 0.06
    """Probability of print that is far paler, density ``pale_density``."""
    pale_density: Range = (0.35, 0.70)
    spread: Range = (0.7, 1.5)
    """How toner spreads: the power to which an edge's half tones are raised."""
    worn_print: float = 0.06
    """Probability of patches without toner."""
    mottling: Range = (0.0, 0.10)
    """Unevenness of solid print, standard deviation relative to its density."""
    paper: Range = (0.90, 1.0)
    """Reflectance of the paper."""
    dark_paper: float = 0.12
    """Probability of grey or coloured paper, reflectance ``dark_reflectance``."""
    dark_reflectance: Range = (0.62, 0.88)
    gradient: float = 0.02
    """Largest unevenness of the light."""
    strong_gradient: float = 0.04
    """Probability of light that is very uneven."""
    show_through: Range = (0.0, 0.04)
    specks: float = 3.0
    """Mean count on a page."""
    streaks: float = 0.08
    """Mean count on a page."""
    folds: float = 0.03
    """Probability of a fold."""
    holes: float = 0.02
    """Probability of punch holes, and of a staple."""
    cut: Range = (0.50, 0.72)
    """Threshold of a bilevel scan, relative to the paper; half of the pages are cut adaptively."""
    lid: Range = (0.85, 1.0)
    """Reflectance of what lies behind the paper."""


SCAN_PROFILES: dict[str, ScanProfile] = {
    profile.name: profile
    for profile in (
        ScanProfile(
            name="clean-300", dpi=300, skew=0.4, shift=1.0, scale=0.002, stretch=0.001, noise=(1.0, 2.5),
            jpeg=(78, 95), paper=(0.93, 1.0), dark_paper=0.04, gradient=0.01, show_through=(0.02, 0.06),
            specks=1.0,
        ),
        ScanProfile(
            name="office-200", dpi=200, skew=0.9, shift=2.0, noise=(1.0, 3.5), jpeg=(60, 90),
            blur=(0.55, 0.9), show_through=(0.02, 0.09), specks=3.0,
        ),
        ScanProfile(
            name="fax-bilevel", dpi=200, bilevel=True, skew=1.2, shift=2.5, stretch=0.006,
            noise=(2.0, 5.0), show_through=(0.02, 0.09), specks=8.0,
        ),
        ScanProfile(
            name="worn-feeder", dpi=200, skew=1.8, shift=3.0, scale=0.008, stretch=0.010, wobble=0.18,
            blur=(0.7, 1.1), gamma=(0.85, 1.2), noise=(2.0, 5.0), jpeg=(35, 75), sharpen=(0.0, 0.8),
            ink_density=(0.72, 0.95), worn_print=0.25, mottling=(0.0, 0.18), paper=(0.88, 0.99),
            dark_paper=0.15, gradient=0.06, show_through=(0.02, 0.13), specks=12.0, streaks=0.20,
            folds=0.10, holes=0.10, lid=(0.25, 1.0),
        ),
        ScanProfile(
            name="phone", dpi=240, color=True, phone=True, blur=(0.7, 1.1), gamma=(0.9, 1.15),
            noise=(1.5, 4.0), jpeg=(65, 92), sharpen=(0.2, 0.7), paper=(0.88, 0.98), gradient=0.18,
            show_through=(0.02, 0.06), specks=1.0, streaks=0.0, lid=(0.15, 0.6),
        ),
    )
}  # fmt: skip

_LIMITS: dict[str, Range] = {
    "blur": (0.4, 1.4), "gamma": (0.7, 1.4), "noise": (0.5, 6.5), "sharpen": (0.0, 1.0),
    "ink_density": (0.35, 0.98), "pale_density": (0.30, 0.75), "spread": (0.5, 1.8),
    "mottling": (0.0, 0.25), "paper": (0.62, 1.0), "dark_reflectance": (0.55, 0.90),
    "show_through": (0.0, 0.15), "lid": (0.1, 1.0), "cut": (0.45, 0.75),
}  # fmt: skip
"""How far each range may be widened: what paper and scanners still do."""
_LARGEST = ("skew", "shift", "scale", "stretch", "wobble", "gradient")


def scan_profile(name: str, draws: Draws) -> ScanProfile:
    """A scanner as some draws see it: all its ranges wider by ``draws.scan_wider`` at both ends.

    How often dirt and dark paper come does not change, only how strong all else may be.
    """
    profile, more = SCAN_PROFILES[name], draws.scan_wider
    ranges: dict[str, Any] = {
        field: widened(getattr(profile, field), more, limits) for field, limits in _LIMITS.items()
    }
    ranges |= {field: getattr(profile, field) * (1 + more) for field in _LARGEST}
    low, high = widened(profile.jpeg, more, (30, 96))
    return replace(profile, **ranges, jpeg=(round(low), round(high)))
