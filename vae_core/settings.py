"""What a person may set about a model and its training. Each field of the configs has one `Setting`, from which the command
line's flags and the page's widgets are made."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set
from dataclasses import MISSING, dataclass, field, fields, replace
from numbers import Integral, Real
from typing import Any, TypeVar

Config = TypeVar("Config", bound="JsonConfig")

MOST_DIGITS = 4000  # a whole number in a text: Python itself reads no more than 4,300


@dataclass(frozen=True)
class Only:
    """A setting counts only while the setting `name` has one of `values`; `because` gives the reason in a message."""

    name: str
    values: tuple[str, ...]
    because: str


@dataclass(frozen=True, kw_only=True)
class Setting:
    """The words of one setting: its flag, a short help for the command line, a label and a help of whole sentences for a page.

    `otherwise` is the value where the setting does not count (`only`), if that is not its default.
    """

    flag: str
    label: str
    help: str
    short: str = ""
    only: Only | None = None
    otherwise: Any = None


@dataclass(frozen=True, kw_only=True)
class Choice(Setting):
    """One of a few words; `names` are what a page calls them."""

    choices: tuple[str, ...]
    names: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Text(Setting):
    """One line of at most `longest` characters; "" where nothing is said."""

    longest: int = 100


@dataclass(frozen=True, kw_only=True)
class Whole(Setting):
    """A whole number from `least`, below `below`. A page offers it up to `most`: a class shares one machine."""

    least: int
    most: int
    below: int = 2**63


@dataclass(frozen=True, kw_only=True)
class Number(Setting):
    """A finite number `above` a value or of at least `least`, and of at most `largest`, with which float32 still computes. A page
    offers it from `smallest` to `most`."""

    above: float | None = None
    least: float | None = None
    largest: float = 1e30
    smallest: float = 0.0
    most: float
    step: float | None = None


@dataclass(frozen=True, kw_only=True)
class Widths(Setting):
    """The units of at most `most_layers` hidden layers, written "500,500". A page offers up to `most` units in each of `layers`
    layers."""

    layers: int
    most: int
    most_layers: int = 100  # a checkpoint of more would have more tensors than a file may

    @staticmethod
    def read(text: str) -> tuple[int, ...]:
        """ "500,500" to (500, 500); "" to (). ValueError, without the setting's name, for anything else."""
        parts = [part.strip() for part in text.split(",") if part.strip()]
        if not all(part.isdecimal() and len(part) < MOST_DIGITS and int(part) for part in parts):
            raise ValueError(f"must be whole numbers of at least 1, such as 500,500, got {text[:200]!r}")
        return tuple(map(int, parts))

    @staticmethod
    def write(value: tuple[int, ...]) -> str:
        return ",".join(map(str, value))


LATER = "later"


def setting(default: Any, about: Setting, *, is_later: bool = False) -> Any:
    """A field of a config, with its setting; `is_later` as of `later`."""
    return field(default=default, metadata={"setting": about, LATER: is_later}, kw_only=is_later)


def later(default: Any) -> Any:
    """A field of a config that older versions do not know. A file holds it only where it is not its default. It is given by name, so that
    what older versions gave by position stays what it was."""
    return field(default=default, metadata={LATER: True}, kw_only=True)


def settings_of(config: Any) -> dict[str, Setting]:
    """The settings of a config or its class, by the field's name. A field without one follows from the data."""
    return {f.name: f.metadata["setting"] for f in fields(config) if "setting" in f.metadata}


def counts(about: Setting, values: Mapping[str, Any]) -> bool:
    """Whether a setting matters to a model and an algorithm with these values of the other settings."""
    return about.only is None or values[about.only.name] in about.only.values


def require_it_counts(about: Setting, value: Any, values: Mapping[str, Any]) -> None:
    """ValueError for a value that would be ignored: an option without effect is an error."""
    if about.only is None or counts(about, values) or (about.otherwise is not None and value == about.otherwise):
        return
    option = f"{about.flag} {value}" if about.otherwise is not None else about.flag
    flag = f"--{about.only.name.replace('_', '-')}"
    raise ValueError(
        f"{option} does not go with {flag} {values[about.only.name]}: {about.only.because}; leave it out, or choose "
        f"{flag} {' or '.join(about.only.values)}"
    )


# -- numbers of numpy, which JSON does not know ----------------------------------------------------------------------


def as_number(value: Any) -> Any:
    """A number of numpy as Python's own, which JSON knows; anything else as it is."""
    if type(value) in (bool, int, float):
        return value
    return int(value) if isinstance(value, Integral) else float(value) if isinstance(value, Real) else value


def as_sizes(name: str, value: Any, most: int) -> tuple[Any, ...]:
    """Up to `most` sizes, given as a tuple, a list or an array, as a tuple of Python's numbers. ValueError for anything else."""
    try:
        if isinstance(value, str | bytes | Mapping | Set) or len(value) > most:
            raise TypeError
        return tuple(map(as_number, value))
    except TypeError:
        rule = f"a tuple of at most {most} whole numbers, such as (500, 500)"
        raise ValueError(f"{name} must be {rule}, got {repr(value)[:100]}") from None


# -- as JSON types ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class JsonConfig:
    """A config that goes to a dict of JSON types and back; an unknown key is an error, never ignored."""

    def to_dict(self) -> dict[str, Any]:
        """A field that came `later` is there only where it differs from its default: older versions read what they know."""
        names = [f.name for f in fields(self) if not f.metadata.get(LATER) or getattr(self, f.name) != f.default]
        values = {name: getattr(self, name) for name in names}
        return {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}

    @classmethod
    def from_dict(cls: type[Config], values: Any) -> Config:
        if not isinstance(values, dict):
            raise ValueError(f"{cls.__name__} must be built from a dict, got {type(values).__name__}")
        cls._require_fields(values)
        missing = [f.name for f in fields(cls) if f.default is MISSING and f.name not in values]
        if missing:
            raise ValueError(f"{cls.__name__} must have {' and '.join(missing)}, got {', '.join(values) or 'nothing'}")
        try:
            return cls(**{k: tuple(v) if isinstance(v, list) else v for k, v in values.items()})
        except TypeError as error:
            raise ValueError(f"{cls.__name__}: {error}") from error

    def difference(self, other: JsonConfig) -> tuple[str, Any, Any] | None:
        """The first field in which the two differ, with both values as JSON types."""
        for f in fields(self):
            values = [list(v) if isinstance(v, tuple) else v for v in (getattr(self, f.name), getattr(other, f.name))]
            if values[0] != values[1]:
                return f.name, values[0], values[1]
        return None

    def replace(self: Config, **changes: Any) -> Config:
        self._require_fields(changes)
        return replace(self, **changes)

    @classmethod
    def unknown_fields(cls, names: Iterable[str]) -> list[str]:
        """Those of the names that are no field of this config."""
        return sorted({str(name) for name in names} - {f.name for f in fields(cls)})

    @classmethod
    def _require_fields(cls, names: Iterable[str]) -> None:
        if unknown := cls.unknown_fields(names):
            own_names = sorted(f.name for f in fields(cls))
            raise ValueError(f"{cls.__name__} has no field {', '.join(unknown)}; it has {', '.join(own_names)}")
