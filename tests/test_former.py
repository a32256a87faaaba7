"""Names that version 0.1.0 had elsewhere: each works, is what it is now, and warns with its new place."""

import importlib
import subprocess
import sys

import pytest

import vae_core as vc
from vae_core.former import GONE, MOVED

# Every public class and function of 0.1.0 that is in another module today.
NAMES = {
    "aevb": """
        StepInfo log_prior_of_parameters
    """,
    "baselines": """
        Baseline Training Tuned bicubic column_mean hidden_pixels interpolation median_filter
        nearest_neighbours observed_part pca_projection pixel_log_prob tune unbiased
    """,
    "checkpoint": """
        Run finish_run is_finite join_run list_pretrained load_frames load_model load_model_bytes
        load_pretrained model_header open_run pack_model pretrained_path resume_run run save_frames
        save_model
    """,
    "config": """
        Config
    """,
    "data": """
        Dataset Minibatches Part binarize binarized_test check_images check_likelihood_fits
        data_folders is_available load_data load_test published_draw read_idx uniform_16_bits
    """,
    "distributions": """
        draw_seed seed_stream
    """,
    "drawing": """
        Framing frame_picture is_dark_on_light
    """,
    "experiments": """
        Case Model Outcome Task about_model as_json baseline_outcome calibration_numbers corruptions
        distances missing_nats model_of restoration_row restoration_task run_restoration save
        vae_named vae_outcome verdicts
    """,
    "exploration": """
        CodeLength InformationSplit LatentUse Representation aggregate_masses code_length
        decoded_means encoded_means grid_axis judge_representation knn_accuracy latent_use manifold
        mosaic plane_points principal_components probabilistic_pca probe_accuracy spherical_path
        split_information straight_path traversals
    """,
    "observation": """
        BitFlips BlockMeans GaussianNoise Mask Observation draw_normal draw_uniform hidden_part
        random_mask
    """,
    "posterior": """
        Proposal build_proposal draw_normal resample weighted_draws
    """,
    "restoration": """
        ChainState Completion Diagnostics Proposal Restoration TotalVariation adapt_proposal
        find_completions find_representatives log_density log_evidence mean_deviation
        observation_grid resample restoration_steps sample_grid total_variation weighted_draws
    """,
    "scores": """
        Calibration Score calibration coverage mean_score psnr psnr_gain squared_error
    """,
    "tables": """
        data_section distance_table grid_of_methods plus_minus restoration_tables sampling_warnings
        summary trained_here vae_table
    """,
    "training": """
        Algorithm Frame capture_frame frame_points frame_steps require_finite
    """,
}


@pytest.mark.parametrize("module", NAMES)
def test_a_former_name_is_the_current_one_and_warns_with_its_place(module):
    former = importlib.import_module(f"vae_core.{module}")
    for name in NAMES[module].split():
        if name in vars(former):  # its module uses it, and so still has it
            continue
        with pytest.warns(
            DeprecationWarning, match=rf"^vae_core.{module}.{name} is vae_core\.[\w.]+\.{name} since 0.2.0: "
        ) as told:
            value = getattr(former, name)
        assert {warning.filename for warning in told} == {__file__}
        place = str(told[0].message).split()[2].rpartition(".")[0]
        assert value is getattr(importlib.import_module(place), name) and place != f"vae_core.{module}"


def test_a_constant_has_moved_too():
    with pytest.warns(DeprecationWarning, match="vae_core.data.datasets.DATASETS"):
        from vae_core.data import DATASETS
    assert "digits" in DATASETS


def test_every_line_of_the_table_is_about_a_name():
    assert set(MOVED) == set(NAMES)
    for path, remedy in GONE.items():
        module, name = path.split(".")
        with pytest.raises(AttributeError) as error:
            getattr(importlib.import_module(f"vae_core.{module}"), name)
        assert remedy in str(error.value)


def test_what_never_was_is_an_attribute_error_and_warns_of_nothing():
    for module in MOVED:
        for name in ("nothing", "__path__x", "_private"):
            assert not hasattr(importlib.import_module(f"vae_core.{module}"), name)


def test_public_names_are_all_there_and_their_arguments_by_position_are_those_of_0_1_0():
    config = vc.TrainConfig(5, 50, 1e-2, "adagrad", "cosine", 3, "A", 2, "map", 0.5, "none", 7, "paper")
    assert (config.estimator, config.num_samples, config.initialization) == ("A", 2, "paper")
    assert (config.max_grad_norm, config.algorithm) == (0.0, "aevb")


def test_the_current_names_warn_of_nothing():
    program = (
        "import vae_core, vae_core.estimator, vae_core.cli.main, vae_core.data.download, vae_core.restoration.restore"
    )
    subprocess.run([sys.executable, "-W", "error::DeprecationWarning:__main__", "-c", program], check=True)
