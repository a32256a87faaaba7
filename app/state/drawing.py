"""Old names, for pages that are not converted yet."""

from app.session.drawing import EXAMPLE, keep_strokes, strokes_on_pad
from app.session.models import LoadedModel
from app.session.viewer import plain
from vae_core import drawing
from vae_core.data.datasets import DATASETS
from vae_core.data.records import Framing
from vae_core.errors import DataError
from vae_core.studies.own_image import OwnImage, encode_drawing, encode_picture

__all__ = ["EXAMPLE", "MOST_MB", "drawn_image", "framing_of", "keep_strokes", "refusal", "strokes_on_pad", "uploaded_image"]  # fmt: skip
MOST_MB = drawing.MAX_BYTES // 2**20


def framing_of(model: LoadedModel) -> Framing | None:
    return DATASETS[model.data].framing if model.data in DATASETS else None


def drawn_image(model: LoadedModel, strokes: list) -> OwnImage:
    return encode_drawing(model.vae, strokes, data=model.data, binarization=model.binarization)


def uploaded_image(model: LoadedModel, content: bytes, polarity: str) -> tuple[OwnImage, bool]:
    own = encode_picture(model.vae, content, data=model.data, binarization=model.binarization, polarity=polarity)
    return own, own.inverted


def refusal(error: DataError) -> str:
    return plain(str(error))
