"""Auto-Encoding Variational Bayes (Kingma & Welling, arXiv:1312.6114) in plain torch.

Example:
    >>> import torch, vae_core as vc
    >>> vae = vc.load_pretrained("digits-2d")
    >>> x = vc.binarized_test("digits")
    >>> vc.elbo(vae, x, generator=torch.Generator().manual_seed(0)).elbo.shape
    torch.Size([297])
"""

from vae_core import studies
from vae_core.aevb import AEVB
from vae_core.algorithm import Algorithm, StepInfo
from vae_core.bounds import Bound, elbo, estimate_bound
from vae_core.checkpoint import load_checkpoint, save_checkpoint
from vae_core.coding.message import compress, decompress
from vae_core.config import ModelConfig, TrainConfig
from vae_core.data.binarization import binarize, published_draw
from vae_core.data.datasets import binarized_test, load_data
from vae_core.data.own_images import read_images
from vae_core.data.reading import ReadOptions, ReadReport
from vae_core.data.records import Dataset
from vae_core.doors import guard_doors
from vae_core.errors import (
    CheckpointError,
    DataError,
    DatasetUnavailable,
    MessageError,
    NonFiniteBound,
    RunExists,
    TooLarge,
    TrainingDiverged,
    UnsuitablePixels,
    VaeCoreError,
)
from vae_core.former import keep_former_names
from vae_core.frames import Frame
from vae_core.full_vb import FullVB, FullVBConfig
from vae_core.history import History, Record
from vae_core.latent import encoded_means, manifold
from vae_core.marginal import LogMarginal, ais_bracket, log_marginal, reverse_ais
from vae_core.mcem import MCEM, MCEMConfig
from vae_core.model import VAE
from vae_core.models import list_pretrained, load_model, load_pretrained, save_model
from vae_core.posterior import log_joint, simulate
from vae_core.restoration.block_means import BlockMeans
from vae_core.restoration.chains import restoration_steps
from vae_core.restoration.distances import total_variation
from vae_core.restoration.grid import observation_grid
from vae_core.restoration.observations import BitFlips, GaussianNoise, Mask, Observation, hidden_part, random_mask
from vae_core.restoration.restore import Restoration, log_evidence, restore
from vae_core.training import Event, FitState, fit
from vae_core.wake_sleep import WakeSleep

__version__ = "0.2.0"  # pyproject.toml takes it from here

__all__ = [
    "AEVB", "Algorithm", "BitFlips", "BlockMeans", "Bound", "CheckpointError", "DataError", "Dataset",
    "DatasetUnavailable", "Event", "FitState", "Frame", "FullVB", "FullVBConfig", "GaussianNoise", "History", "LogMarginal", "MCEM",
    "MCEMConfig", "Mask", "MessageError", "ModelConfig", "NonFiniteBound", "Observation", "ReadOptions", "ReadReport", "Record", "Restoration", "RunExists", "StepInfo", "TrainConfig",
    "TooLarge", "TrainingDiverged", "UnsuitablePixels", "VAE", "VaeCoreError", "WakeSleep", "ais_bracket", "binarize", "binarized_test", "compress", "decompress", "elbo",
    "encoded_means", "estimate_bound", "fit", "hidden_part", "list_pretrained", "load_checkpoint", "load_data", "load_model",
    "load_pretrained", "log_evidence", "log_joint", "log_marginal", "manifold", "observation_grid", "published_draw", "random_mask", "read_images",
    "restoration_steps", "restore", "reverse_ais", "save_checkpoint", "save_model", "simulate", "studies", "total_variation",
]  # fmt: skip
guard_doors(globals(), __all__)
keep_former_names(__name__)
