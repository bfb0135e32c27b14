"""Solvers of normalisation layers."""

from pipeline.grading.solvers.arguments import list_of, one_or_list, whole
from pipeline.grading.solvers.registry import solver


@solver("batchnorm.parameters", channels=one_or_list(whole(least=1)))
def batchnorm_parameters(channels: int | tuple[int, ...]) -> int:
    """Learned parameters of batch normalisation: a scale and a shift for each channel, 2 C.

    Running means and variances are not learned and do not count (Ioffe & Szegedy 2015).
    Several layers' channels may be given as a list; their parameters are added.
    """
    return 2 * (channels if isinstance(channels, int) else sum(channels))


@solver("layernorm.parameters", shape=list_of(whole(least=1)))
def layernorm_parameters(shape: tuple[int, ...]) -> int:
    """Learned parameters of layer normalisation: a scale and a shift for each element (Ba et al. 2016)."""
    count = 2
    for size in shape:
        count *= size
    return count
