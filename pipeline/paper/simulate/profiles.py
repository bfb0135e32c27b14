"""The scanners that can be simulated: what each does to a page."""

from dataclasses import dataclass

from pipeline.paper.simulate.pens import Range


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
    blur: Range = (0.55, 0.8)
    """Standard deviation of the optics, pixels of the scan."""
    gamma: Range = (0.9, 1.1)
    noise: Range = (1.0, 3.0)
    """Standard deviation, grey levels of 255."""
    sharpen: Range = (0.0, 0.4)
    jpeg: tuple[int, int] = (75, 90)
    ink_density: Range = (0.85, 0.97)
    """Density of the print."""
    worn_print: float = 0.0
    """Probability of patches without toner."""
    paper: Range = (0.92, 0.99)
    """Reflectance of the paper."""
    gradient: float = 0.02
    """Largest unevenness of the light."""
    show_through: Range = (0.0, 0.04)
    specks: float = 3.0
    """Mean count on a page."""
    streaks: float = 0.0
    """Mean count on a page."""
    folds: float = 0.0
    holes: float = 0.0
    """Probability of punch holes, and of a staple."""
    lid: Range = (0.85, 1.0)
    """Reflectance of what lies behind the paper."""


SCAN_PROFILES: dict[str, ScanProfile] = {
    profile.name: profile
    for profile in (
        ScanProfile(
            name="clean-300", dpi=300, skew=0.4, shift=1.0, scale=0.002, stretch=0.001, noise=(0.8, 2.0),
            jpeg=(82, 92), paper=(0.95, 1.0), gradient=0.01, show_through=(0.0, 0.02), specks=1.0,
        ),
        ScanProfile(
            name="office-200", dpi=200, skew=0.9, shift=2.0, noise=(1.0, 3.0), jpeg=(70, 88),
            specks=3.0, streaks=0.04, holes=0.02, folds=0.02, blur=(0.5, 0.75),
        ),
        ScanProfile(
            name="fax-bilevel", dpi=200, bilevel=True, skew=1.2, shift=2.5, stretch=0.006,
            noise=(2.0, 5.0), specks=8.0, ink_density=(0.8, 0.95), streaks=0.03,
        ),
        ScanProfile(
            name="worn-feeder", dpi=200, skew=1.8, shift=3.0, scale=0.008, stretch=0.010, wobble=0.18,
            blur=(0.7, 1.0), gamma=(0.85, 1.2), noise=(2.0, 5.0), jpeg=(45, 75), sharpen=(0.0, 0.8),
            ink_density=(0.62, 0.95), worn_print=0.25, paper=(0.80, 0.96), gradient=0.06,
            show_through=(0.02, 0.10), specks=12.0, streaks=1.2, folds=0.2, holes=0.3, lid=(0.25, 1.0),
        ),
        ScanProfile(
            name="phone", dpi=240, color=True, phone=True, blur=(0.7, 1.2), gamma=(0.9, 1.15),
            noise=(1.5, 4.0), jpeg=(72, 90), sharpen=(0.2, 0.7), paper=(0.86, 0.97), gradient=0.18,
            show_through=(0.0, 0.04), specks=1.0, lid=(0.15, 0.6),
        ),
    )
}  # fmt: skip
