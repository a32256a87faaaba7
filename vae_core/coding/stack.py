"""A stack of bits, on which symbols are put and from which they are taken: asymmetric numeral systems (ANS), by `constriction`.

What was put on last comes off first. Taking a symbol off a stack of random bits draws it from the distribution that it is taken
with, and putting it back gives the same bits again: that is what bits-back coding needs.
"""

from __future__ import annotations

import math
from typing import Any

import constriction
import numpy as np

WORD_BITS = 32
LEAST_WORDS = 2  # with fewer, a symbol would be taken from bits that are not there, and the coder would say nothing
TOP_BIT = np.uint32(1 << (WORD_BITS - 1))
models = constriction.stream.model


class Drained(Exception):
    """Symbols were taken off a stack that has no more bits."""


class Stack:
    """A stack that begins as `words` (uint32), at least two, the last of which is not 0.

    A `model` is one of `models` of constriction; `parameters` are its arrays, an entry a symbol, or none for a model that has them.
    """

    def __init__(self, words: np.ndarray):
        if len(words) < LEAST_WORDS or words[-1] == 0:
            raise Drained
        self._coder = constriction.stream.stack.AnsCoder(np.ascontiguousarray(words, np.uint32))

    def push(self, symbols: np.ndarray, model: Any, *parameters: np.ndarray) -> None:
        """Put symbols (int32) on: the stack grows by -log2 of the probability that the model gives them."""
        self._coder.encode_reverse(symbols, model, *parameters)

    def pop(self, count: int, model: Any, *parameters: np.ndarray) -> np.ndarray:
        """Take `count` symbols off (int32). Drained where the bits did not suffice; the stack is of no use then."""
        symbols: np.ndarray = self._coder.decode(model, *(parameters or (count,)))
        if self._coder.num_words() < LEAST_WORDS:
            raise Drained
        return symbols

    @property
    def height(self) -> float:
        """How many bits lie on the stack, with their fraction: the coder keeps the last ones in one number."""
        words, state = self._coder.pos()
        return float(WORD_BITS * words + math.log2(state))

    def words(self) -> np.ndarray:
        """All bits, as words (uint32); the last word is the top."""
        content: np.ndarray = self._coder.get_compressed()
        return content
