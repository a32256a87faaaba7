"""Old names, for pages that are not converted yet."""

from app.cached import close_up, decoded_grid
from vae_core.studies.close_up import CloseUp

__all__ = ["CloseUp", "close_up", "decoded_grid"]
