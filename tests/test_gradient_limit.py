"""`max_grad_norm`: a long gradient is scaled down, and a step without a finite one is left out."""

import copy
import math
from dataclasses import replace

import pytest
import torch

from vae_core import AEVB, TrainConfig, TrainingDiverged, fit
from vae_core.data.minibatches import Minibatches
from vae_core.training import start

SHORT = TrainConfig(epochs=4, batch_size=5, learning_rate=0.01)  # 23 images: 5 steps an epoch, 20 in all


def test_a_long_gradient_is_scaled_down_and_a_short_one_is_not(vae, generator):
    x = (torch.rand(8, 6, generator=generator(3)) < 0.5).float()
    gradients = {}
    for limit in (0.0, 1e-3, 1e3):
        model = copy.deepcopy(vae)
        algorithm = AEVB(model, TrainConfig(max_grad_norm=limit))
        algorithm.step(x, num_train=8, generator=generator(1), step=0, total_steps=10)
        gradients[limit] = torch.cat([parameter.grad.flatten() for parameter in model.parameters()])
    whole, short = gradients[0.0], gradients[1e-3]
    assert whole.norm() > 0.1 and short.norm() == pytest.approx(1e-3, rel=1e-4)
    assert torch.allclose(short / short.norm(), whole / whole.norm(), atol=1e-5)
    assert torch.equal(gradients[1e3], whole)


def test_with_a_limit_a_minibatch_without_a_finite_gradient_is_left_out(model_config, dataset, monkeypatch):
    config = replace(SHORT, max_grad_norm=100.0)
    draw, odd_step = Minibatches.draw, 3

    def draw_with_an_odd_image(batches, step, generator):
        x = draw(batches, step, generator)
        return torch.full_like(x, 1e38) if step == odd_step else x

    monkeypatch.setattr(Minibatches, "draw", draw_with_an_odd_image)
    algorithm, generator = start(model_config, config)
    weights, records = [], []
    for event in fit(algorithm, dataset, generator=generator):
        weights.append(torch.cat([parameter.detach().flatten() for parameter in algorithm.vae.parameters()]))
        records += [event.record] if event.record else []
    assert torch.equal(weights[odd_step], weights[odd_step + 1]) and weights[-1].isfinite().all()
    assert not torch.equal(weights[odd_step + 1], weights[odd_step + 2])
    assert all(math.isfinite(record.train_elbo) for record in records[1:])
    algorithm, generator = start(model_config, SHORT)
    with pytest.raises(TrainingDiverged, match=f"step {odd_step}"):
        list(fit(algorithm, dataset, generator=generator))


def test_a_limit_is_kept_in_files_only_where_there_is_one():
    assert "max_grad_norm" not in TrainConfig().to_dict(), "older versions read what they know"
    assert TrainConfig.from_dict(TrainConfig(max_grad_norm=2.0).to_dict()).max_grad_norm == 2.0
