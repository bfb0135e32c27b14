"""Addresses of clusters, checked before any work is done."""

import re
import socket
from importlib.util import find_spec

from pipeline.errors import UsageFault, system_reason
from pipeline.execute.records import WorkersFailedError

MOST_LOCAL = 256
"""Workers that ``local:N`` may ask for."""
SECONDS_TO_REACH = 10.0
_REMOTE = re.compile(r"(?:tcp|tls)://(?:\[([0-9A-Fa-f:.]+)\]|([\w.-]+)):(\d{1,5})", re.ASCII)
_LOCAL = re.compile(r"local:(\d{1,4})", re.ASCII)


def local_workers(address: str) -> int | None:
    """The N of ``local:N``; None for another address."""
    found = _LOCAL.fullmatch(address)
    return int(found[1]) if found else None


def check_address(address: str) -> None:
    """Say at once what would end a run on a cluster later; an empty address is none.

    Parameters
    ----------
    address
        ``tcp://HOST:PORT`` or ``tls://HOST:PORT`` of a Dask scheduler, or ``local:N``.

    Raises
    ------
    UsageFault
        When it is no address, or Dask is not installed.
    WorkersFailedError
        When nobody listens there.
    """
    if not address:
        return
    count, remote = local_workers(address), _REMOTE.fullmatch(address)
    if remote is None and (count is None or not 1 <= count <= MOST_LOCAL):
        raise UsageFault(
            f"--cluster {address} is no address of a cluster",
            hint="write --cluster tcp://HOST:8786 for the scheduler of a cluster, or --cluster local:2 to"
            " try it with two workers here",
        )
    if find_spec("distributed") is None:
        raise UsageFault(
            "--cluster needs Dask, which is not installed here",
            hint='type pip install "scangrade[cluster]", or leave --cluster out',
        )
    if remote is not None:
        _reach(address, remote[1] or remote[2], int(remote[3]))


def _reach(address: str, host: str, port: int) -> None:
    try:
        socket.create_connection((host, port), timeout=SECONDS_TO_REACH).close()
    except (OSError, OverflowError, UnicodeError) as error:
        raise unreachable(address, _reason(error)) from error


def _reason(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return f"no answer within {SECONDS_TO_REACH:g} seconds"
    return system_reason(error) if isinstance(error, OSError) else str(error)


def unreachable(address: str, reason: str) -> WorkersFailedError:
    """Nobody answers at an address."""
    return WorkersFailedError(
        f"the cluster at {address} cannot be reached: {reason}",
        hint="check that its scheduler runs there (dask scheduler prints its address); what was read is kept",
    )
