"""Data sets from the network: the only code here that uses it, and nothing calls it but an explicit command or click."""

from __future__ import annotations

import hashlib
import time
import urllib.request
from http.client import HTTPException
from pathlib import Path
from urllib.error import URLError

from vae_core.data.datasets import DATASETS, data_folders
from vae_core.data.records import DatasetRecord
from vae_core.errors import DatasetUnavailable, sentence
from vae_core.files import one_line, remove_parts, write_atomic
from vae_core.locks import lock_folder

MOST_BYTES = 64 * 2**20
WAIT_SECONDS, FILE_SECONDS = 60, 900  # for the next bytes; for a whole file
PIECE = 2**16


def downloadable() -> tuple[str, ...]:
    """The names of the data sets that have a download."""
    return tuple(name for name, record in DATASETS.items() if record.address)


def download(name: str) -> Path:
    """Fetch a data set's files into the user's cache folder, each checked against its publisher's MD5. DatasetUnavailable
    where one cannot be had: then that file is not kept. FolderInUse while another process fetches it."""
    if name not in downloadable():
        raise DatasetUnavailable(f"{name} has no download; those that have one are {', '.join(downloadable())}")
    folder = data_folders(name)[-1]
    lock = lock_folder(folder)
    try:
        _download_into(folder, DATASETS[name])
    finally:
        lock.release()
    return folder


def _download_into(folder: Path, record: DatasetRecord) -> None:
    name = record.name
    remove_parts(folder, [file.names[-1] for file in record.files])
    for names, expected in record.files:
        file = names[-1]
        data = _fetch(name, f"{record.address}{file}")
        checksum = hashlib.md5(data, usedforsecurity=False).hexdigest()
        if checksum != expected:
            raise DatasetUnavailable(
                f"{name}: {file} has the checksum {checksum}, expected {expected}; nothing was kept. What was sent is not the "
                f"file, or not all of it ({len(data):,} bytes): look at the proxy, or try again"
            )
        write_atomic(folder / file, data)


def _fetch(name: str, address: str) -> bytes:
    content, end = bytearray(), time.monotonic() + FILE_SECONDS
    try:
        with urllib.request.urlopen(address, timeout=WAIT_SECONDS) as response:
            while piece := response.read1(PIECE):
                content += piece
                if len(content) > MOST_BYTES:
                    raise OSError(f"it is larger than {MOST_BYTES:,} bytes")
                if time.monotonic() > end:
                    raise OSError(f"it was not there after {FILE_SECONDS} seconds")
    except (OSError, HTTPException, ValueError) as error:  # ValueError: an address that a proxy or a redirection made
        cause = error.reason if isinstance(error, URLError) else error
        reason = one_line(sentence(cause) if isinstance(cause, Exception) else cause)
        raise DatasetUnavailable(
            f"{name}: {address} could not be fetched: {reason}; look at the connection and the proxy, or try again later"
        ) from error
    return bytes(content)
