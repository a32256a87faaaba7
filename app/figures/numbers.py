"""Numbers as text, on screen and beside charts."""

from __future__ import annotations

import math
from collections.abc import Sequence

SPACE = "\u00a0"  # it keeps the line
LARGE_FACTORS = {"billion": 1e9, "million": 1e6}
SUPERSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
LARGEST_FACTOR = 1e12  # from there on, a power of ten


def nats(value: float, digits: int = 2, *, sign: bool = False) -> str:
    """A number with a true minus sign; "undefined" if it is not finite."""
    if not math.isfinite(value):
        return "undefined"
    text = f"{value:+,.{digits}f}" if sign else f"{value:,.{digits}f}"
    return text.replace("-", "−")


def plus_minus(std_error: float, digits: int = 2) -> str:
    """A standard error after its number; that of a mean over one image is undefined."""
    return f"{SPACE}±{SPACE}{std_error:,.{digits}f}" if math.isfinite(std_error) else f"{SPACE}±{SPACE}undefined"


def measured(value: float, std_error: float) -> str:
    """A number with its standard error, both with the digits that the error leaves: one after the point, none for an error of 10 or more, and
    two for one below 0.1 or unknown."""
    digits = 0 if std_error >= 9.95 else 1 if std_error >= 0.1 else 2
    return nats(value, digits) + plus_minus(std_error, digits)


def as_factor(size: float) -> str:
    """So many nats, at least 0, as a factor of a probability, with two digits."""
    if size >= math.log(0.995 * LARGEST_FACTOR):  # with two digits, a little less is as much
        return "10" + f"{size / math.log(10.0):.0f}".translate(SUPERSCRIPTS)
    rounded = float(f"{math.exp(size):.2g}")
    unit = next((name for name, value in LARGE_FACTORS.items() if rounded >= value), "")
    rounded /= LARGE_FACTORS.get(unit, 1.0)
    return f"{rounded:,.0f} {unit}".strip() if rounded >= 10.0 else f"{rounded:g} {unit}".strip()


def listed(names: Sequence[str]) -> str:
    """Names as one says them: A, B and C."""
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))


def duration(seconds: float) -> str:
    """A time as one says it: 45 s, 12 min, 2 h 5 min."""
    if seconds < 100.0:
        return f"{seconds:.0f} s"
    hours, minutes = divmod(round(seconds / 60.0), 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"


def percent(share: float, digits: int = 0, *, error: float | None = None) -> str:
    """A share from 0 to 1, with its standard error if given. One that is not 0 and would be rounded to it is "under 1 %"."""
    if error is not None:
        return f"{100.0 * share:.{digits}f}{plus_minus(100.0 * error, digits)}{SPACE}%"
    if digits == 0 and 0.0 < share < 0.005:
        return f"under 1{SPACE}%"
    return f"{100.0 * share:.{digits}f}{SPACE}%"
