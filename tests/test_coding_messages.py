"""Messages of compressed images: what is refused and how, damaged and hostile bytes, the format, the commands."""

import hashlib
import math
import random
import struct

import numpy as np
import pytest
import torch
from commands import command, one_line  # noqa: F401
from test_coding import BERNOULLI, GAUSSIAN, images, model

import vae_core as vc
from vae_core.coding.message import FIELDS, HEADER_BYTES

# -- what is refused -----------------------------------------------------------------------------------------------


def test_pixels_that_would_not_come_back_are_refused():
    with pytest.raises(
        vc.UnsuitablePixels, match=r"pixels must be 0 or 1 to come back bit for bit, got 0.25; binarize them"
    ):
        vc.compress(model(BERNOULLI), torch.tensor([[0.0, 1.0, 0.25] * 4]))
    with pytest.raises(
        vc.UnsuitablePixels, match=r"grey values of 8 bits, 0/255 to 255/255, to come .* got 0.3; round them"
    ):
        vc.compress(model(GAUSSIAN), torch.full((1, 12), 0.3))
    with pytest.raises(vc.UnsuitablePixels):
        vc.compress(model(GAUSSIAN), torch.full((1, 12), 256 / 255))
    with pytest.raises(vc.DataError, match="finite"):
        vc.compress(model(GAUSSIAN), torch.full((1, 12), math.nan))
    with pytest.raises(vc.DataError, match="shape"):
        vc.compress(model(GAUSSIAN), torch.zeros(0, 12))
    for precision in (0, 13, 2.5):
        with pytest.raises((ValueError, TypeError), match="precision must be"):
            vc.compress(model(BERNOULLI), torch.zeros(1, 12), precision=precision)


def test_a_model_without_numbers_is_refused():
    for name in ("encoder.2.bias", "decoder.2.bias"):
        vae = model(BERNOULLI)
        with torch.no_grad():
            vae.state_dict()[name].fill_(math.nan)
        with pytest.raises(vc.NonFiniteBound, match="must be finite to code with"):
            vc.compress(vae, torch.zeros(1, 12))


def test_another_model_is_one_clear_sentence():
    message = vc.compress(model(BERNOULLI), images(BERNOULLI, 2))
    for other in (model(BERNOULLI, seed=1), model(GAUSSIAN), model(BERNOULLI.replace(latent_dim=3))):
        with pytest.raises(
            vc.MessageError, match=r"written with the model of the SHA-256 [0-9a-f]{16}…, .* give the model with which"
        ):
            vc.decompress(other, message)


def signed(message):
    about, stack = message[: FIELDS.size], message[HEADER_BYTES:]
    return about + hashlib.sha256(about + bytes(32) + stack).digest() + stack


def test_every_flipped_bit_is_seen():
    vae = model(BERNOULLI)
    message = vc.compress(vae, images(BERNOULLI, 4))
    for bit in range(0, 8 * len(message), 11):
        damaged = bytearray(message)
        damaged[bit // 8] ^= 1 << bit % 8
        with pytest.raises(vc.MessageError):
            vc.decompress(vae, bytes(damaged))


def test_a_changed_message_with_a_fitting_checksum_is_refused_too():
    vae, x = model(BERNOULLI), images(BERNOULLI, 4)
    message = vc.compress(vae, x)
    for bit in range(8 * HEADER_BYTES, 8 * len(message), 7):
        damaged = bytearray(message)
        damaged[bit // 8] ^= 1 << bit % 8
        with pytest.raises(vc.MessageError, match="not those that were compressed|too few bits|describes no images"):
            vc.decompress(vae, signed(bytes(damaged)))


def mutated(data, choice):
    text = bytearray(data)
    for _ in range(choice.randint(1, 4)):
        at = (
            choice.randrange(len(text) + 1)
            if choice.random() < 0.5
            else choice.randrange(min(len(text), FIELDS.size) + 1)
        )
        match choice.randrange(5):
            case 0 if at < len(text):
                text[at] ^= 1 << choice.randrange(8)
            case 1:
                del text[at : at + choice.randint(1, 40)]
            case 2:
                text[at:at] = choice.randbytes(choice.randint(1, 16))
            case 3:
                text[at : at + 4] = struct.pack("<I", choice.choice([0, 1, 2, 12, 2**16, 2**31, 2**32 - 1]))
            case _:
                del text[at:]
    return bytes(text)


@pytest.mark.parametrize("config", [BERNOULLI, GAUSSIAN])
def test_no_message_whatever_its_bytes_ends_in_an_error_of_somebody_else(config, count=300):
    vae, x = model(config), images(config, 3)
    message, endings = vc.compress(vae, x), {}
    for number in range(count):
        choice = random.Random(f"message {number}")
        data = mutated(message, choice)
        try:
            ending = "accepted" if torch.equal(vc.decompress(vae, signed(data) if number % 4 else data), x) else "wrong"
        except (vc.MessageError, vc.TooLarge) as error:
            assert "\n" not in str(error) and len(str(error)) < 400
            ending = type(error).__name__
        endings[ending] = endings.get(ending, 0) + 1
    assert "wrong" not in endings and endings["MessageError"] > 0.9 * count


def test_a_message_that_promises_too_much_is_refused_before_anything_is_allocated():
    vae = model(BERNOULLI)
    about = list(FIELDS.unpack_from(vc.compress(vae, images(BERNOULLI, 1))))
    about[4] = 2**32 - 1
    with pytest.raises((vc.TooLarge, vc.MessageError)):
        vc.decompress(vae, signed(FIELDS.pack(*about) + bytes(32) + bytes(range(1, 41))))


def test_what_is_no_message_says_so():
    vae = model(BERNOULLI)
    for data, words in ((b"", "nothing"), (b"PK\x03\x04", "50 4b 03 04"), (b"aevbcode", "8 bytes")):
        with pytest.raises(vc.MessageError, match=words):
            vc.decompress(vae, data)
    later = bytearray(vc.compress(vae, images(BERNOULLI, 1)))
    later[8] = 2
    with pytest.raises(vc.MessageError, match="format 2, and this version reads 1: install a newer version"):
        vc.decompress(vae, bytes(later))


def test_a_message_of_today_is_read_for_ever():
    vae = vc.VAE(BERNOULLI, generator=None).eval()
    with torch.no_grad():
        for tensor in vae.state_dict().values():
            tensor.copy_((torch.arange(tensor.numel()) % 7 - 3.0).reshape(tensor.shape) / 8)
    x = (torch.arange(36) % 5 % 2).float().reshape(3, 12)
    assert vc.compress(vae, x) == bytes.fromhex(WRITTEN_BY_FORMAT_1)


WRITTEN_BY_FORMAT_1 = (
    "61657662636f646501050200030000000c000000020000008f872f574fbdc1850640d0d71bd409a6126bb3eee4697eaa3b9d652f"
    "8f86fb53dac5585f8c4bec74bb8fe946bea682964837c0972503cd25f4577e4c33008ab653f188db7e1e0c80f9ac3d532a000000"
)


# -- the command line ----------------------------------------------------------------------------------------------


def test_the_commands_give_the_file_back(command, tmp_path):  # noqa: F811
    x = vc.binarized_test("digits")[:20].numpy().astype(np.uint8).reshape(20, 8, 8)
    np.save(tmp_path / "x.npy", x)
    code, out, err = command("compress", "digits-2d", tmp_path / "x.npy", "--out", tmp_path / "m", "--json")
    assert code == 0, err
    assert (tmp_path / "m").read_bytes() == vc.compress(
        vc.load_pretrained("digits-2d"), torch.tensor(x).reshape(20, 64).float()
    )
    code, out, err = command("decompress", "digits-2d", tmp_path / "m", "--out", tmp_path / "y.npy")
    assert code == 0 and "bits_per_pixel" in out, err
    assert np.array_equal(np.load(tmp_path / "y.npy"), x)
    code, out, err = command("compress", "digits-2d", "digits", "--num-images", 20, "--out", tmp_path / "named")
    assert code == 0 and (tmp_path / "named").read_bytes() == (tmp_path / "m").read_bytes()


def test_the_commands_refuse_in_one_line(command, tmp_path):  # noqa: F811
    np.save(tmp_path / "x.npy", np.zeros((3, 8, 8), np.uint8))
    np.save(tmp_path / "grey.npy", np.full((3, 8, 8), 100, np.uint8))
    np.save(tmp_path / "large.npy", np.zeros((3, 9, 8), np.uint8))
    assert command("compress", "digits-2d", tmp_path / "x.npy", "--out", tmp_path / "m")[0] == 0
    message = tmp_path / "m"
    (tmp_path / "cut").write_bytes(message.read_bytes()[:-4])
    y = tmp_path / "y.npy"
    for arguments, words in (
        (("compress", "digits-2d", tmp_path / "grey.npy", "--out", y), "0 or 1"),
        (("compress", "digits-2d", tmp_path / "large.npy", "--out", y), "(images, 8, 8)"),
        (("compress", "digits-2d", tmp_path / "none.npy", "--out", y), "No such file"),
        (("compress", "digits-2d", tmp_path / "x.npy", "--num-images", 4, "--out", y), "at most the images"),
        (("compress", "digits-2d", tmp_path / "x.npy", "--side", 8, "--out", y), "--side does not go with"),
        (("compress", "digits-2d", tmp_path / "x.npy", "--precision", 13, "--out", y), "at most 12"),
        (("compress", "digits-2d", tmp_path / "x.npy", "--out", tmp_path / "x.npy"), "would be lost"),
        (("decompress", "digits-ae", message, "--out", y), "give the model with which"),
        (("decompress", "digits-2d", tmp_path / "cut", "--out", y), "damaged"),
        (("decompress", "digits-2d", tmp_path / "x.npy", "--out", y), "no message"),
        (("decompress", "digits-2d", message, "--out", tmp_path / "y.png"), "must end in .npy"),
        (("decompress", "digits-2d", tmp_path, "--out", y), "directory"),
    ):
        code, out, err = command(*arguments)
        assert code == 2 and words in one_line(err), (arguments, err)
    assert not y.exists() and np.load(tmp_path / "x.npy").shape == (3, 8, 8)
    code, out, err = command("compress", "digits-2d", tmp_path / "grey.npy", "--binarization", "threshold", "--out", y)
    assert code == 0, err
