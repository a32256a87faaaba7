"""Model files that somebody could upload: small ones, hostile ones, and names for their files. For tests, and for counts of faults."""

from collections.abc import Callable, Iterator

import torch

import vae_core as vc
from vae_core.files import file_header, pack_tensors

LINK = "![d](http://evil.example/t.png) [press](http://evil.example/p)"
NAMES = (
    "**bold** _it_ `code` ~~s~~ # h",
    "![d](http:evil.example) [press](x)",
    "<b>b</b> <a href='x'>a</a> <img src=x onerror=alert(1)>",
    "www.evil.example a@evil.example https:evil",
    ":red[x] :material:face: :smile: :streamlit:",
    "$x^2$ $$y$$ %{x} ${ROW} $z",
    "x\"; import os; os.abort() #'",
    '"""\nraise SystemExit\n"""',
    "=HYPERLINK(1)",
    "+1+2",
    "-1",
    "@SUM(1)",
    "\tcell",
    "\u202egpj.exe\u202c \u2066x\u2069",
    "zero\u200bwidth\u200d\u2060\ufeff",
    "\u3164\u2800\u115f",
    "line one\nline two\u2028three\x85four",
    "null\x00bell\x07\x1b[31m",
    "名前 имя اسم",
    "n" * 4000,
    "\U0001f600" * 60,
    "e" + "\u0301" * 500,
    "..",
    ".",
    " ",
    "",
    "CON",
    "a/../../etc/passwd",
    "digits-2d",
    "PCA of digits",
)


def small_vae(
    latent_dim: int = 2, seed: int = 0, image_shape: tuple[int, ...] = (8, 8), likelihood: str = "bernoulli"
) -> vc.VAE:
    """An untrained model with five hidden units."""
    pixels = 1
    for side in image_shape:
        pixels *= side
    config = vc.ModelConfig(pixels, image_shape, latent_dim, (5,), likelihood=likelihood)
    return vc.VAE(config, generator=torch.Generator().manual_seed(seed))


def file_of(vae: vc.VAE, /, **about: object) -> bytes:
    """The model's file, with this beside its config in the header; "model_config" overrides parts of the config."""
    header = file_header("model", vae.config, {"data": "digits"})
    header["model_config"] |= about.pop("model_config", {})
    return pack_tensors({f"model.{name}": tensor for name, tensor in vae.state_dict().items()}, header | about)


def _changed(change: Callable[[vc.VAE], object], **about: object) -> bytes:
    vae = small_vae()
    with torch.no_grad():
        change(vae)
    return file_of(vae, **about)


def accepted_files() -> Iterator[tuple[str, bytes]]:
    """Files of valid models, each with words for what is odd about it: pages show them, or say why not."""
    grey = {"binarization": "none"}
    yield "Bernoulli without binarisation over grey data", file_of(small_vae(), train_config=grey)
    yield "markdown as its data", file_of(small_vae(), data=LINK)
    yield "a million characters as its data", file_of(small_vae(), data="x" * 10**6)
    yield "no data", file_of(small_vae(), data="")
    yield "a lone surrogate as its data", file_of(small_vae(), data="\ud800 digits")
    yield "bidirectional controls as its data", file_of(small_vae(), data="\u202edigits\u202c")
    yield "keys that functions have as arguments", file_of(small_vae(), vae=1, tensors={}, name=LINK, notes=[LINK])
    yield "Monte Carlo EM", file_of(small_vae(), train_config={"algorithm": "mcem"})
    yield "weights of 0", _changed(lambda vae: [weight.zero_() for weight in vae.parameters()])
    yield "scales of exp(40)", _changed(lambda vae: vae.encoder[-1].bias[2:].fill_(80.0))
    yield "scales of exp(-40)", _changed(lambda vae: vae.encoder[-1].bias[2:].fill_(-80.0))
    yield "scales of exp(200)", _changed(lambda vae: vae.encoder[-1].bias[2:].fill_(400.0))
    yield "a decoder of 1e30", _changed(lambda vae: vae.decoder[-1].weight.mul_(1e30))
    yield "images of one pixel", file_of(small_vae(image_shape=(1, 1)))
    yield "images of one row", file_of(small_vae(image_shape=(1, 64)))


def far_files() -> Iterator[tuple[str, bytes]]:
    """The same, with codes so far from 0 that a grid over them would not fit into memory."""
    yield "means of 3000", _changed(lambda vae: vae.encoder[-1].bias[:2].fill_(3000.0))
    yield "means of 300", _changed(lambda vae: vae.encoder[-1].bias[:2].fill_(300.0))
    yield "means of 1e30", _changed(lambda vae: vae.encoder[-1].bias[:2].fill_(1e30))
    yield "weights of 1e20", _changed(lambda vae: [weight.mul_(1e20) for weight in vae.parameters()])


def refused_files() -> Iterator[tuple[str, bytes]]:
    """Files that are refused, each with words that the refusal holds."""
    vae = small_vae()
    yield (
        "hidden_dims",
        file_of(
            vc.VAE(vc.ModelConfig(64, (8, 8), 2, ()), generator=torch.Generator()), model_config={"hidden_dims": {}}
        ),
    )
    yield "latent_dim", file_of(vae, model_config={"latent_dim": 10**400})
    yield "image_shape", file_of(vae, model_config={"image_shape": {}})
    yield "data", file_of(vae, data=["digits"])
    yield "TrainConfig", file_of(vae, train_config=[])
    yield "binarization", file_of(vae, train_config={"binarization": "![x](y)"})
    yield "16,384", file_of(vc.VAE(vc.ModelConfig(129 * 128, (129, 128), 1, ()), generator=torch.Generator()))
    yield "200", file_of(vc.VAE(vc.ModelConfig(4, (2, 2), 201, ()), generator=torch.Generator()))
    yield "5,000", file_of(vc.VAE(vc.ModelConfig(4, (2, 2), 1, (5001,)), generator=torch.Generator()))
    yield "8", file_of(vc.VAE(vc.ModelConfig(4, (2, 2), 1, (1,) * 9), generator=torch.Generator()))
    yield "not finite", _changed(lambda vae: vae.decoder[-1].bias.fill_(float("nan")))
    yield "not finite", _changed(lambda vae: vae.encoder[-1].weight[0].fill_(float("inf")))
    yield "0 bytes", b""
    yield "header", b"\x00" * 100
    yield "truncated", file_of(vae)[:-10]
