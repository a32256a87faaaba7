from dataclasses import replace

import pytest
import torch

from vae_core import (
    AEVB,
    VAE,
    DataError,
    FitState,
    History,
    NonFiniteBound,
    TrainConfig,
    TrainingDiverged,
    aevb,
    estimate_bound,
    fit,
    load_model,
    save_checkpoint,
    training,
)
from vae_core.data.binarization import published_draw
from vae_core.frames import capture_frame, frame_points, frame_steps
from vae_core.randomness import seed_stream
from vae_core.training import evaluation_steps, start

pytestmark = pytest.mark.usefixtures("global_randomness_untouched")

SHORT = TrainConfig(epochs=4, batch_size=5, learning_rate=0.01)  # 23 images: 5 steps an epoch, 20 in all


def copy_of(algorithm) -> dict[str, torch.Tensor]:
    return {name: tensor.detach().clone() for name, tensor in algorithm.state_tensors().items()}


def assert_equal(tensors: dict[str, torch.Tensor], other: dict[str, torch.Tensor]):
    assert tensors.keys() == other.keys()
    assert [name for name in tensors if not torch.equal(tensors[name], other[name])] == []


def fitted(model_config, dataset, config=SHORT):
    """All events of a run, its algorithm and its history."""
    algorithm, generator = start(model_config, config)
    state = FitState(5, History(dataset.name, config.binarization))
    return list(fit(algorithm, dataset, state=state)), algorithm, state.history


# -- events and curves -------------------------------------------------------------------------------------------


def test_fit_yields_an_event_before_the_first_step_and_after_every_step(model_config, dataset):
    events, _, _ = fitted(model_config, dataset)
    assert [event.step for event in events] == list(range(21))
    assert {event.total_steps for event in events} == {20}
    assert [event.samples_seen for event in events[:7]] == [0, 5, 10, 15, 20, 23, 28]
    assert [event.epoch for event in events[::5]] == [0, 1, 2, 3, 4]
    assert [event.info is None for event in events] == [True] + [False] * 20
    assert [event.finished for event in events] == [False] * 20 + [True]


def test_the_bound_is_measured_early_and_at_the_end_of_each_epoch():
    assert sorted(evaluation_steps(40, 10)) == [0, 1, 2, 5, 10, 20, 30, 40]
    assert sorted(evaluation_steps(1, 1)) == [0, 1]
    assert {0, 600, 1200} <= evaluation_steps(1200, 600) and len(evaluation_steps(1200, 600)) == 9


def test_history_holds_the_records_of_the_events(model_config, dataset):
    events, _, history = fitted(model_config, dataset)
    assert [event.record for event in events if event.record] == history.records
    assert history.column("step") == sorted(evaluation_steps(20, 5))
    assert history.column("samples_seen") == [events[step].samples_seen for step in history.column("step")]
    assert (history.data, history.binarization) == ("toy", "dynamic")
    for record in history.records:
        assert record.test_elbo == pytest.approx(record.test_recon_log_lik - record.test_kl, abs=1e-5)


def test_the_training_curve_is_the_mean_over_the_images_since_the_last_record(model_config, dataset):
    events, _, history = fitted(model_config, dataset)
    first, *others = history.records
    assert (first.train_elbo, first.train_recon_log_lik, first.train_kl) == (None, None, None)
    since = first.step
    for record in others:
        part = events[since + 1 : record.step + 1]
        sizes = [event.samples_seen - events[event.step - 1].samples_seen for event in part]
        for name in ("elbo", "recon_log_lik", "kl"):
            total = sum(float(getattr(e.info.bound, name)) * size for e, size in zip(part, sizes, strict=True))
            assert getattr(record, f"train_{name}") == pytest.approx(total / sum(sizes), rel=1e-12)
        since = record.step


def test_the_test_curve_is_the_bound_of_the_published_draw_at_exactly_its_step(model_config, grey_dataset):
    algorithm, generator = start(model_config, SHORT)
    state = FitState(5, History("toy", "dynamic"))
    x_test = published_draw(grey_dataset.x_test, "dynamic")
    for event in fit(algorithm, grey_dataset, state=state):
        if event.record:
            noise = seed_stream(torch.Generator(), 5, "evaluation", 0)
            bound = estimate_bound(algorithm.vae, x_test, generator=noise)
            assert event.record.test_elbo == float(bound.elbo.double().mean())
            assert event.record.test_kl == float(bound.kl.double().mean())


@pytest.mark.slow
def test_training_on_toy_data_raises_the_test_bound(model_config, dataset):
    _, _, history = fitted(model_config, dataset, replace(SHORT, epochs=40))
    curve = history.column("test_elbo")
    assert curve[-1] > curve[0] + 0.5


def test_history_survives_json(model_config, dataset):
    _, _, history = fitted(model_config, dataset)
    assert History.from_json(history.to_json()) == history


def test_a_run_is_a_function_of_its_seed(model_config, grey_dataset):
    def end(seed):
        config = replace(SHORT, seed=seed)
        algorithm, generator = start(model_config, config)
        for _ in fit(algorithm, grey_dataset, generator=generator):
            pass
        return copy_of(algorithm)

    assert_equal(end(1), end(1))
    assert not torch.equal(end(1)["model.encoder.0.weight"], end(2)["model.encoder.0.weight"])


@pytest.mark.parametrize("stop", [0, 1, 7, 10, 19])
def test_a_run_that_was_stopped_and_continued_is_the_uninterrupted_run(model_config, grey_dataset, stop):
    whole, algorithm, history = fitted(model_config, grey_dataset)
    other, generator = start(model_config, SHORT)
    state = FitState(5, History("toy", "dynamic"))
    before = []
    for event in fit(other, grey_dataset, state=state):
        before.append(event.step)
        if event.step == stop:
            break
    after = [event.step for event in fit(other, grey_dataset, state=state)]
    assert before + after == [event.step for event in whole]
    assert_equal(copy_of(algorithm), copy_of(other))
    assert state.history == history


@pytest.mark.parametrize("optimizer", ["adam", "adagrad"])
def test_looking_never_changes_the_run(model_config, grey_dataset, monkeypatch, optimizer):
    config = replace(SHORT, optimizer=optimizer)
    _, looked_at, _ = fitted(model_config, grey_dataset, config)
    monkeypatch.setattr(training, "evaluation_steps", lambda total, per_epoch: set())
    monkeypatch.setattr(training, "frame_steps", lambda total: {})
    events, unseen, history = fitted(model_config, grey_dataset, config)
    assert not history.records and not any(event.frame or event.record for event in events)
    assert_equal(copy_of(looked_at), copy_of(unseen))


# -- frames ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("total", [1, 2, 5, 20, 300, 12_000, 180_000])
def test_frames_are_few_and_the_first_and_last_step_are_among_them(total):
    kinds = frame_steps(total)
    assert {0, total} <= set(kinds) <= set(range(total + 1)) and len(kinds) <= 32
    assert sum(kind != "light" for kind in kinds.values()) <= 10
    assert kinds[total] == "branch"
    assert set(kinds.values()) <= {"light", "full", "branch"}


def test_a_long_run_has_frames_of_all_kinds():
    kinds = list(frame_steps(12_000).values())
    assert kinds.count("full") >= 4 and kinds.count("branch") >= 2 and kinds.count("light") > 10


@pytest.mark.parametrize("latent_dim", [1, 2, 4])
def test_each_frame_is_what_a_checkpoint_of_its_step_gives(model_config, grey_dataset, tmp_path, latent_dim):
    config = replace(SHORT, epochs=8)
    algorithm, _ = start(model_config.replace(latent_dim=latent_dim), config)
    state = FitState(5, History("toy", "dynamic"))
    x_test = published_draw(grey_dataset.x_test, "dynamic")
    kinds = frame_steps(40)
    frames = {}
    for event in fit(algorithm, grey_dataset, state=state):
        if not event.frame:
            continue
        frame = frames[event.step] = event.frame
        save_checkpoint(tmp_path / "c.safetensors", algorithm, state)
        vae = load_model(tmp_path / "c.safetensors")
        assert (frame.step, frame.samples_seen) == (event.step, event.samples_seen)
        assert torch.equal(frame.means, vae.encode(x_test).mean.half())
        points = frame_points(latent_dim)
        pictures = torch.stack([vae.decode(row).mean for row in points])
        assert torch.equal(frame.pictures, (255 * pictures).round().to(torch.uint8))
        kept = {"light": {}, "full": vae.decoder_state(), "branch": vae.state_dict()}[kinds[event.step]]
        assert_equal(frame.weights, {name: tensor.half() for name, tensor in kept.items()})
    assert frames.keys() == kinds.keys()
    assert not torch.equal(frames[0].means, frames[40].means)


def test_frame_points_are_fixed(generator):
    assert frame_points(1).shape == (1, 10, 1) and frame_points(2).shape == (10, 10, 2)
    assert torch.equal(frame_points(4), frame_points(4)) and frame_points(4).shape == (10, 10, 4)


def test_a_frame_holds_only_finite_numbers(vae, dataset):
    with torch.no_grad():
        vae.decoder[-1].bias.fill_(1e6)  # beyond half precision
    frame = capture_frame(vae, dataset.x_test, 3, 15, "branch")
    assert frame.weights["decoder.2.bias"].tolist() == [65504.0] * 6
    with torch.no_grad():
        vae.encoder[-1].bias.fill_(torch.inf)
    with pytest.raises(NonFiniteBound, match="encoder.2.bias is not finite"):
        capture_frame(vae, dataset.x_test, 3, 15, "branch")


# -- a bound that becomes non-finite -----------------------------------------------------------------------------


def run_until_it_diverges(algorithm, dataset):
    """The error, the state after it, and the tensors at each event."""
    state = FitState(5, History(dataset.name, algorithm.config.binarization))
    seen = {}
    with pytest.raises(TrainingDiverged) as error:
        for event in fit(algorithm, dataset, state=state):
            seen[event.step] = copy_of(algorithm)
    return error.value, state, seen


def test_a_run_starts_from_the_weights_its_config_asks_for(model_config):
    for name, biases in (("glorot", False), ("fan_in", True)):
        algorithm, _ = start(model_config, SHORT.replace(initialization=name))
        assert bool(algorithm.vae.encoder[0].bias.any()) == biases


def test_an_injected_failure_stops_and_goes_back_to_the_last_measured_state(model_config, grey_dataset, monkeypatch):
    _, _, history = fitted(model_config, grey_dataset)
    algorithm, _ = start(model_config, SHORT)
    calls, real = [], aevb.backpropagate

    def backpropagate(*args, **kwargs):
        calls.append(None)
        bound = real(*args, **kwargs)
        return bound._replace(elbo=bound.elbo * torch.nan) if len(calls) == 14 else bound

    monkeypatch.setattr(aevb, "backpropagate", backpropagate)
    error, state, seen = run_until_it_diverges(algorithm, grey_dataset)
    assert (error.step, error.last_good_step, state.step) == (13, 10, 10)
    assert str(error) == (
        "training stopped at step 13: the objective of a minibatch is nan (learning rate 0.01); the model of step 10 is "
        "kept. A smaller learning_rate (=0.01) usually helps"
    )
    assert max(seen) == 13
    assert_equal(copy_of(algorithm), seen[10])
    assert state.history.records == [record for record in history.records if record.step <= 10]


def test_a_run_that_failed_once_continues_as_if_it_had_not(model_config, grey_dataset, monkeypatch):
    _, uninterrupted, history = fitted(model_config, grey_dataset)

    class FailsOnce(AEVB):
        def step(self, x, **options):
            if options["step"] == 13 and not hasattr(self, "failed"):
                self.failed = True
                raise NonFiniteBound("injected")
            return super().step(x, **options)

    started, _ = start(model_config, SHORT)
    algorithm = FailsOnce(started.vae, SHORT)
    error, state, _ = run_until_it_diverges(algorithm, grey_dataset)
    assert "injected" in str(error)
    assert [event.step for event in fit(algorithm, grey_dataset, state=state)] == list(range(11, 21))
    assert_equal(copy_of(algorithm), copy_of(uninterrupted))
    assert state.history == history


@pytest.mark.parametrize("likelihood", ["bernoulli", "gaussian"])
@pytest.mark.parametrize("optimizer", ["adam", "adagrad"])
def test_an_absurd_learning_rate_stops_and_keeps_the_last_good_state(model_config, dataset, optimizer, likelihood):
    config = replace(SHORT, learning_rate=1e6, optimizer=optimizer)
    algorithm, _ = start(model_config.replace(likelihood=likelihood), config)
    error, state, seen = run_until_it_diverges(algorithm, dataset)
    assert error.last_good_step == state.step < error.step
    assert_equal(copy_of(algorithm), seen[state.step])
    assert all(bool(torch.isfinite(tensor).all()) for tensor in copy_of(algorithm).values())
    assert [record.step for record in state.history.records][-1] == state.step
    assert "A smaller learning_rate (=1e+06) usually helps" in str(error) and "\n" not in str(error)


def test_moments_that_overflow_are_found_at_the_next_measurement(model_config, dataset, monkeypatch):
    """The parameters and the bound stay finite here, but such a state can neither learn nor be kept."""

    class Overflowing(AEVB):
        def step(self, x, **options):
            info = super().step(x, **options)
            if options["step"] == 6:
                self.optimizer.state[self.vae.decoder[0].weight]["exp_avg_sq"].fill_(torch.inf)
            return info

    started, _ = start(model_config, SHORT)
    error, state, _ = run_until_it_diverges(Overflowing(started.vae, SHORT), dataset)
    assert (error.step, error.last_good_step) == (10, 5)
    assert "optimizer.decoder.0.weight.exp_avg_sq is not finite" in str(error)
    assert state.history.records[-1].step == 5


def test_a_model_that_is_not_finite_from_the_start_says_so(model_config, dataset):
    algorithm, _ = start(model_config, SHORT)
    with torch.no_grad():
        algorithm.vae.encoder[0].bias.fill_(torch.nan)
    error, state, seen = run_until_it_diverges(algorithm, dataset)
    assert (error.step, error.last_good_step, seen, state.history.records) == (0, 0, {}, [])
    assert "the bound of the test set is nan" in str(error)


# -- data that do not fit ----------------------------------------------------------------------------------------


def test_data_that_do_not_fit_are_refused_before_anything_is_iterated(model_config, grey_dataset, generator):
    vae = VAE(model_config, generator=generator())
    with pytest.raises(DataError, match="needs pixels that are 0 or 1 and these are grey; choose binarization"):
        fit(AEVB(vae, replace(SHORT, binarization="none")), grey_dataset, generator=generator())
    black = replace(grey_dataset, x_train=torch.zeros(23, 6))  # its test images would be found out at an evaluation
    with pytest.raises(DataError, match="these are grey"):
        fit(AEVB(vae, replace(SHORT, binarization="none")), black, generator=generator())
    wide = VAE(model_config.replace(image_shape=(3, 2)), generator=generator())
    with pytest.raises(DataError) as error:
        fit(AEVB(wide, SHORT), grey_dataset, generator=generator())
    assert str(error.value) == "the model's image_shape (=(3, 2)) must be the data's: toy has (2, 3)"


def test_a_fresh_run_asks_for_a_generator(model_config, dataset, generator):
    with pytest.raises(ValueError, match="generator must be a torch.Generator .*, got None"):
        fit(AEVB(VAE(model_config, generator=generator()), SHORT), dataset)
