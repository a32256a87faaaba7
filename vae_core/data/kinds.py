"""What a file is by its first bytes, whatever its name says, and for what is not read the remedy."""

from __future__ import annotations

from typing import Literal, NamedTuple

Family = Literal["picture", "array", "archive", "text", "refused", "unknown"]
LOOK = 8192  # bytes that are looked at
PICTURE_SUFFIXES = (
    ".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".gif", ".bmp", ".webp", ".pgm", ".ppm", ".pbm", ".pnm",
    ".tif", ".tiff", ".heic", ".heif", ".avif",
)  # fmt: skip
AS_PNG = "save it as PNG or JPEG"


class Kind(NamedTuple):
    """What a file is. `remedy` says what to do where files of this kind are not read. `is_picture`: it was meant as an image, so
    that not reading it is a loss."""

    name: str
    family: Family
    remedy: str = ""
    is_picture: bool = False


TEXT, EMPTY, UNKNOWN = (
    Kind("a text", "text"),
    Kind("an empty file", "unknown"),
    Kind("a file of no known kind", "unknown"),
)
HEIC = Kind("a HEIC photograph", "refused", "set the camera to Most Compatible, or export it as JPEG", True)
AVIF = Kind("an AVIF picture", "refused", AS_PNG, True)
STARTS: tuple[tuple[bytes, Kind], ...] = (
    (b"\x89PNG\r\n\x1a\n", Kind("PNG", "picture", "", True)),
    (b"\xff\xd8\xff", Kind("JPEG", "picture", "", True)),
    (b"GIF87a", Kind("GIF", "picture", "", True)),
    (b"GIF89a", Kind("GIF", "picture", "", True)),
    (b"\x93NUMPY", Kind("npy", "array")),
    (b"PK\x03\x04", Kind("zip", "archive")),
    (b"PK\x05\x06", Kind("zip", "archive")),
    (b"\x1f\x8b", Kind("gzip", "archive")),
    (b"II*\0", Kind("a TIFF picture", "refused", AS_PNG, True)),
    (b"MM\0*", Kind("a TIFF picture", "refused", AS_PNG, True)),
    (b"II+\0", Kind("a TIFF picture", "refused", AS_PNG, True)),
    (b"MM\0+", Kind("a TIFF picture", "refused", AS_PNG, True)),
    (b"8BPS", Kind("a Photoshop file", "refused", AS_PNG, True)),
    (b"\0\0\x01\0", Kind("an icon", "refused", AS_PNG, True)),
    (b"%PDF", Kind("a PDF", "refused", "save its pages as PNG")),
    (b"\x89HDF", Kind("an HDF5 file", "refused", "save the images with np.savez")),
    (b"MATLAB", Kind("a MATLAB file", "refused", "save the images with np.savez, or as CSV")),
    (b"PAR1", Kind("a Parquet file", "refused", "save it as CSV, or the images with np.savez")),
    (b"Rar!", Kind("a RAR archive", "refused", "unpack it, and make a zip of the folder")),
    (b"7z\xbc\xaf\x27\x1c", Kind("a 7z archive", "refused", "unpack it, and make a zip of the folder")),
    (b"BZh", Kind("a bzip2 file", "refused", "unpack it first")),
    (b"\xfd7zXZ\0", Kind("an xz file", "refused", "unpack it first")),
    (b"\x28\xb5\x2f\xfd", Kind("a Zstandard file", "refused", "unpack it first")),
    (b"SQLite format 3\0", Kind("a database", "refused", "save it as CSV")),
)
PICKLE = Kind(
    "a pickle", "refused", "pickles are never opened, for they run code: save the images with np.save or np.savez"
)
TAR = Kind("a tar archive", "refused", "unpack it, and make a zip of the folder")
SVG = Kind("an SVG drawing", "refused", AS_PNG, True)
NESTED = ("zip", "a tar archive", "a RAR archive", "a 7z archive")  # archives that no archive may hold


def kind_of(start: bytes, name: str = "") -> Kind:
    """What a file is whose first bytes (LOOK of them are enough) are these. The `name` decides nothing, but that what is called a
    picture and is none is a loss."""
    kind = _by_content(start[:LOOK])
    is_called_picture = name.lower().endswith(PICTURE_SUFFIXES)
    return kind._replace(is_picture=True) if is_called_picture and kind.family in ("text", "unknown") else kind


def _by_content(start: bytes) -> Kind:
    if not start:
        return EMPTY
    for magic, kind in STARTS:
        if start.startswith(magic):
            return kind
    if start[:4] == b"RIFF" and start[8:12] == b"WEBP":
        return Kind("WEBP", "picture", "", True)
    if start[4:8] == b"ftyp":
        return (
            AVIF
            if start[8:12] in (b"avif", b"avis")
            else HEIC
            if start[8:11] in (b"hei", b"hev", b"mif", b"msf")
            else UNKNOWN
        )
    if start[:2] == b"BM" and len(start) > 26 and start[6:10] == b"\0\0\0\0":
        return Kind("BMP", "picture", "", True)
    if start[:1] == b"P" and start[1:2] in b"123456" and start[2:3] in (b" ", b"\n", b"\t", b"\r"):
        return Kind("PPM", "picture", "", True)
    if (
        start[:2] == b"\0\0"
        and start[2:3] in b"\x08\x09\x0b\x0c\x0d\x0e"
        and 0 < (start[3] if len(start) > 3 else 0) < 8
    ):
        return Kind("idx", "array")
    if start[:1] == b"\x80" and start[1:2] in b"\x02\x03\x04\x05":
        return PICKLE
    if start[257:262] == b"ustar":
        return TAR
    return _text_kind(start)


def _text_kind(start: bytes) -> Kind:
    is_wide = start[:2] in (b"\xff\xfe", b"\xfe\xff")
    if not is_wide and (b"\0" in start or sum(byte < 32 and byte not in b"\t\n\r\f\x1b" for byte in start[:1000]) > 2):
        return UNKNOWN
    head = start.lstrip(b"\xef\xbb\xbf \t\r\n")[:300].lower()
    return SVG if head.startswith((b"<svg", b"<?xml")) and b"<svg" in start.lower() else TEXT
