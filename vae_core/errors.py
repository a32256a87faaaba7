"""Every error this package raises on purpose, so that a caller can catch a kind of failure by name."""

from __future__ import annotations

import json
import os
import unicodedata

BREAKS = ("Cc", "Zl", "Zp")  # Unicode's control characters, and its ends of lines and paragraphs


LONGEST = 500  # characters of a value in a message


def described(value: object) -> str:
    """A value in a message of one line: itself, or what it is where that would be long or have lines."""
    if hasattr(value, "dtype") and hasattr(value, "shape") and getattr(value, "shape", ()) != ():
        return f"{type(value).__name__} of {value.dtype} and the shape {tuple(value.shape)}"
    text = repr(value)
    return text if len(text) <= LONGEST and text.isprintable() else f"a value of the type {type(value).__name__}"


class VaeCoreError(Exception):
    """Base class of the errors below; its text is one line that a user can act on."""


class DatasetUnavailable(VaeCoreError):
    """A data set was not found in any of the places searched; the text lists them and the remedy."""


class DataError(VaeCoreError, ValueError):
    """Data of a wrong shape, a wrong range or a wrong kind for the likelihood that should model it."""


class UnsuitablePixels(DataError):
    """Pixels that a model's likelihood has no probability for, such as grey ones under a Bernoulli decoder; the text says which
    binarisation or likelihood would go with them."""


class TooLarge(VaeCoreError, ValueError):
    """A size from outside needs more memory or time than there is; the text says how much and which setting to lower."""


class CheckpointError(VaeCoreError):
    """A file is not a model or checkpoint that this project wrote, or it is damaged."""


class MessageError(VaeCoreError, ValueError):
    """Bytes are no message of compressed images, a damaged one, or one of another model."""


class MissingPackage(VaeCoreError):
    """A package that only this call needs is not installed; the text says how to install it."""


class RunExists(VaeCoreError):
    """A folder already holds a run, or something else, and the caller did not ask to resume a run there."""


class FolderInUse(VaeCoreError):
    """Another process writes to the folder; the text names it."""


class FileError(VaeCoreError, OSError):
    """A file or folder could not be written; the text names it as the caller did. `errno` is the system's reason."""

    @classmethod
    def of(cls, error: OSError, text: str) -> FileError:
        """The `text` with the reason that the system gave in `error`."""
        file_error = cls(f"{text}: {error.strerror or error}")
        file_error.errno = error.errno
        return file_error


class NonFiniteBound(VaeCoreError):
    """A bound, an estimate of log p(x), a gradient or a parameter is infinite or undefined, so there is no number to go on with."""


class ProcessLost(VaeCoreError):
    """Another of the processes that train one model has ended, so this one cannot go on."""


class TrainingDiverged(VaeCoreError):
    """Training stopped at `step` because the bound became non-finite; `last_good_step` is what was kept."""

    def __init__(self, message: str, *, step: int, last_good_step: int):
        super().__init__(message)
        self.step = step
        self.last_good_step = last_good_step


def reason(error: BaseException) -> str:
    """Why the content of a file cannot be used, in words: Python's own errors name its functions and types."""
    match error:
        case json.JSONDecodeError():
            return f"it is no JSON from line {error.lineno} on"
        case UnicodeError():
            return "it is no text in UTF-8"
        case RecursionError():
            return "its lists have no end"
        case KeyError():
            return f"it has no {str(error.args[0])[:60]!r}"
        case TypeError() | AttributeError() | IndexError():
            return "a part of it is not of the type that it should be"
        case _:
            return sentence(error)


def sentence(error: BaseException) -> str:
    """The text of an error as one line for a user. Python's own errors of files are put into words: file and reason. A name of a
    file may hold line breaks and commands to the terminal: each such character becomes a space."""
    text = str(error) or type(error).__name__
    if isinstance(error, OSError) and error.strerror and not isinstance(error, VaeCoreError):
        files = [os.fsdecode(file) for file in (error.filename, error.filename2) if isinstance(file, str | bytes)]
        text = ": ".join([*files[:1], error.strerror])
    return "".join(" " if unicodedata.category(sign) in BREAKS else sign for sign in text)
