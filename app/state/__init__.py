"""What the app keeps: loaded models, test images, training runs. The only package that touches session state and caches.

Caches are keyed by names, never by arrays: Streamlit hashes only a sample of a large array.
"""

from app.export import File, model_files, run_files
from app.scripts.writer import Script, file_stem
from app.session.images import (
    Examples,
    available_data,
    dataset,
    examples_for,
    held_out,
    run_examples,
)
from app.session.link import keep_choice, restore_choice
from app.session.models import (
    LoadedModel,
    card_of,
    history_of,
    load_model,
    model_bytes,
    model_names,
    run_model_name,
    run_name,
    take_upload,
    upload_result,
)
from app.session.runs import awaits_adoption, board, current_job, discard, reset, submit, touch_presence
from app.session.settings import keep_settings, restore_settings
from app.session.travel import travel_of
from app.session.viewer import is_dark, kept, leave_page, plain
from app.state.compare import (
    Travel,
    Twin,
    branch_from,
    branches_of,
    is_training,
    packed_frames,
    packed_models,
    packed_twins,
    travel_names,
    travel_of,
    triple,
    twin_names,
    twins_on,
)
from app.state.export import File, model_files, path_gif, run_files
from app.state.planes import Plane, plane_of
from app.state.posterior import CloseUp, close_up

__all__ = [
    "File", "Script", "file_stem", "model_files", "path_gif", "run_files",
    "CloseUp", "close_up",
    "Travel", "Twin", "branch_from", "branches_of", "is_training", "packed_frames", "packed_models", "packed_twins", "travel_names", "travel_of", "triple", "twin_names", "twins_on",
    "Examples", "LoadedModel", "Plane", "available_data", "awaits_adoption", "board",
    "card_of", "current_job", "dataset", "discard", "examples_for", "held_out", "history_of", "is_dark", "keep_choice", "keep_settings", "kept", "leave_page",
    "load_model", "model_bytes", "model_names", "plain", "plane_of", "reset", "restore_choice", "restore_settings",
    "run_examples", "run_model_name", "run_name", "submit", "take_upload", "touch_presence",
    "upload_result",
]  # fmt: skip
