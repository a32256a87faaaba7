"""Auto-Encoding Variational Bayes (Kingma & Welling, arXiv:1312.6114) in plain torch.

Example:
    >>> import torch, vae_core as vc
    >>> vae = vc.load_pretrained("digits-2d")
    >>> x = vc.binarized_test("digits")
    >>> vc.elbo(vae, x, generator=torch.Generator().manual_seed(0)).elbo.shape
    torch.Size([297])
"""

from vae_core.aevb import AEVB, StepInfo
from vae_core.bounds import Bound, elbo, estimate_bound
from vae_core.checkpoint import (
    list_pretrained,
    load_checkpoint,
    load_model,
    load_pretrained,
    save_checkpoint,
    save_model,
)
from vae_core.config import ModelConfig, TrainConfig
from vae_core.data import Dataset, binarize, binarized_test, load_data
from vae_core.errors import (
    CheckpointError,
    DataError,
    DatasetUnavailable,
    NonFiniteBound,
    RunExists,
    TrainingDiverged,
    VaeCoreError,
)
from vae_core.history import History, Record
from vae_core.marginal import LogMarginal, ais_bracket, log_marginal, reverse_ais
from vae_core.model import VAE
from vae_core.posterior import log_joint, simulate
from vae_core.restoration import (
    BitFlips,
    BlockMeans,
    GaussianNoise,
    Mask,
    Restoration,
    hidden_part,
    log_evidence,
    observation_grid,
    random_mask,
    restoration_steps,
    restore,
    total_variation,
)
from vae_core.training import Event, FitState, Frame, fit

__all__ = [
    "AEVB", "BitFlips", "BlockMeans", "Bound", "CheckpointError", "DataError", "Dataset", "DatasetUnavailable", "Event",
    "FitState", "Frame", "GaussianNoise", "History", "LogMarginal", "Mask", "ModelConfig", "NonFiniteBound", "Record",
    "Restoration", "RunExists", "StepInfo", "TrainConfig", "TrainingDiverged", "VAE", "VaeCoreError", "ais_bracket",
    "binarize", "binarized_test", "elbo", "estimate_bound", "fit", "hidden_part", "list_pretrained", "load_checkpoint",
    "load_data", "load_model", "load_pretrained", "log_evidence", "log_joint", "log_marginal", "observation_grid",
    "random_mask", "restoration_steps", "restore", "reverse_ais", "save_checkpoint", "save_model", "simulate",
    "total_variation",
]  # fmt: skip
