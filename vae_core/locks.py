"""A lock on a folder: one process at a time may write there. The system takes it back when the process ends, however it ends."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
import sys
import time
import weakref
from pathlib import Path

from vae_core.errors import FileError, FolderInUse

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

LOCK_NAME = ".lock"
LOCKED_BYTE = 1 << 30  # Windows locks bytes, also against reading: one far behind the number of the process
NAME_SECONDS = 1.0  # how long to wait for the number of a process that has just locked a folder
MOST_DIGITS = 20  # a process's number has no more
WITHOUT_LOCKS = {errno.ENOLCK, errno.ENOSYS, errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP}


class FolderLock:
    """Held from `lock_folder` until `release`, at the latest until the process ends. Its file names the process."""

    def __init__(self, path: Path, handle: int):
        self._path, self._handle = path, handle
        self._end = weakref.finalize(self, _unlock, path, handle, os.getpid())

    def require(self) -> None:
        """FileError where the folder is another one by now: then what is written there would get among what is somebody else's."""
        if self._end.alive and not _is_at(self._path, self._handle):
            folder = self._path.parent
            raise FileError(f"{folder} is not the folder any more that it was at the start: it was deleted or moved")

    def release(self) -> None:
        """Let others in. A second call does nothing."""
        self._end()


def lock_folder(folder: Path) -> FolderLock:
    """Lock a folder, which is made if it is missing. FolderInUse where another process, or another part of this one, has
    locked it; FileError where nothing can be written, or a file of somebody else has the lock's name. File systems without locks
    lock nothing."""
    path = folder / LOCK_NAME
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle = _open(path)
        while not (_try_lock(handle) and _is_at(path, handle)):
            if _is_at(path, handle):
                raise FolderInUse(f"{folder} is in use by {_owner(handle)}: wait for its end, or choose another folder")
            os.close(handle)  # its owner has deleted the file since we opened it
            handle = _open(path)
        lock = FolderLock(path, handle)
        os.truncate(handle, 0)
        os.write(handle, str(os.getpid()).encode())
    except OSError as error:
        raise FileError.of(error, f"{folder} could not be locked") from error
    return lock


def _open(path: Path) -> int:
    """Open the lock's file, which is made if it is missing. It is written and deleted, so another file of this name is refused."""
    foreign = FileExistsError(errno.EEXIST, f"{LOCK_NAME} there is not of this program; move it away")
    if os.path.lexists(path) and not stat.S_ISREG(os.lstat(path).st_mode):
        raise foreign
    handle = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o644)
    if os.read(handle, MOST_DIGITS).strip(b"0123456789"):
        os.close(handle)
        raise foreign
    os.lseek(handle, 0, os.SEEK_SET)
    return handle


def _try_lock(handle: int) -> bool:
    try:
        if sys.platform == "win32":
            os.lseek(handle, LOCKED_BYTE, os.SEEK_SET)
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
            os.lseek(handle, 0, os.SEEK_SET)
        else:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        return error.errno in WITHOUT_LOCKS
    return True


def _owner(handle: int) -> str:
    """The process that the lock's file names. Closes the file."""
    end = time.monotonic() + NAME_SECONDS
    number = b""
    while not number and time.monotonic() < end:
        os.lseek(handle, 0, os.SEEK_SET)
        number = os.read(handle, MOST_DIGITS)
        time.sleep(0.0 if number else 0.01)
    os.close(handle)
    return f"process {int(number)}" if number.isdigit() else "another process"


def _is_at(path: Path, handle: int) -> bool:
    """Whether an open file is still the one with this name."""
    try:
        return os.path.samestat(os.stat(path), os.fstat(handle))
    except OSError:
        return False


def _unlock(path: Path, handle: int, owner: int) -> None:
    """Delete the file and let go of it. A forked child of the owner has no part in the lock, and what has its place by now is
    somebody else's."""
    if os.getpid() != owner:
        return
    if not _is_at(path, handle):
        os.close(handle)
        return
    if sys.platform == "win32":  # which deletes no open file
        os.close(handle)
        with contextlib.suppress(OSError):
            os.unlink(path)
        return
    with contextlib.suppress(OSError):
        os.unlink(path)  # while it is locked: whoever opened it before sees that it is gone, and makes another
    os.close(handle)
