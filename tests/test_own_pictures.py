"""One's own images as pictures: formats of cameras, depths, modes, transparency, and pictures that are turned, damaged or moving."""

import io

import numpy as np
import pytest
from own_files import SCALED, everything, idx, ink, npy, photographs, picture, pngs, read, refused, same_images, zipped
from PIL import Image

import vae_core as vc
from vae_core.data.picture_files import as_array, read_picture_file

HEIC = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(100)


def test_6_a_heic_photograph_is_named_with_the_remedy():
    report = read(zipped(pngs(ink()) | {"IMG_1.jpg": HEIC}))[1]
    (item,) = report.left_out
    assert item.name == "IMG_1.jpg" and "Most Compatible, or export it as JPEG" in item.reason
    assert "Most Compatible" in refused(zipped({f"{i}.HEIC": HEIC for i in range(5)}))
    assert "Most Compatible" in refused(HEIC)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_7_photographs_are_turned_upright(orientation):
    from PIL import ImageOps

    images = photographs(4)
    files = {}
    for number, pixels in enumerate(images):
        exif = Image.Exif()
        exif[0x0112] = orientation
        files[f"{number}.png"] = picture(pixels, "PNG", exif=exif)
    dataset, _ = read(zipped(files))
    upright = [np.asarray(ImageOps.exif_transpose(Image.open(io.BytesIO(content)))) for content in files.values()]
    assert dataset.image_shape == upright[0].shape
    assert same_images(dataset, np.stack(upright) / 255.0, 1e-6)


@pytest.mark.parametrize("largest", [4095, 8000, 65535])
def test_8_deep_greys_are_scaled_by_the_sets_own_largest_value(largest):
    deep = (ink().astype(np.float64) / ink().max() * largest).astype(np.uint16)
    dataset, report = read(zipped({f"{i}.png": picture(image) for i, image in enumerate(deep)}))
    assert same_images(dataset, deep / largest, 1e-5)
    assert report.decision("scale").words == f"divided by {largest:g}, the largest value of the set"


@pytest.mark.parametrize(
    "mode", ["1", "L", "P", "LA", "PA", "RGB", "RGBA", "CMYK", "YCbCr", "I", "F", "I;16", "I;16B", "I;16L"]
)
def test_9_every_mode_of_pillow_is_read(mode):
    binary = (ink() > 0).astype(np.uint8) * 255
    images = [Image.fromarray(pixels) for pixels in binary]
    if mode in ("I;16B", "I;16L"):
        kind = {"I;16B": ">u2", "I;16L": "<u2"}[mode]
        images = [Image.frombytes(mode, (12, 12), pixels.astype(kind).tobytes()) for pixels in binary]
    else:
        images = [image.convert("RGBA").convert("PA") if mode == "PA" else image.convert(mode) for image in images]
    arrays = [as_array(image, 64) for image in images]
    assert all(array.shape[:2] == (12, 12) and array.shape[2] in (1, 3) for array in arrays)
    assert np.allclose([array[..., 0] / 255.0 for array in arrays], binary / 255.0, atol=0.02)


def test_10_palettes_with_transparency_warn_nobody():
    images = []
    for pixels in ink():
        image = Image.fromarray(pixels).convert("P")
        image.info["transparency"] = bytes([0] + [255] * 255)
        images.append(picture(image, "PNG", transparency=bytes([0] + [255] * 255)))
    dataset, _ = read(zipped({f"{i}.png": content for i, content in enumerate(images)}))
    assert dataset.image_shape == (12, 12)


@pytest.mark.parametrize(("shade", "ground"), [(0, "white"), (255, "black")])
def test_11_the_transparent_ground_is_the_opposite_of_the_ink_in_the_whole_set(shade, ground):
    files = {}
    for number, pixels in enumerate(ink()):
        clear = np.dstack([np.full_like(pixels, shade)] * 3 + [(pixels > 0).astype(np.uint8) * 255])
        files[f"{number}.png"] = picture(clear)
    dataset, report = read(zipped(files))
    assert report.decision("ground").value == ground
    assert same_images(dataset, (ink() > 0).astype(float)), "light ink on black, whatever the ink was"
    other = "black" if ground == "white" else "white"
    with pytest.raises(vc.DataError, match="nothing to see|the same image"):
        read(zipped(files), ground=other, polarity="keep")


def test_12_cmyk_jpegs_are_read_in_their_colours():
    images = photographs(6, 32, 32)
    plain = read(zipped({f"{i}": picture(image, "JPEG", quality=95) for i, image in enumerate(images)}))[0]
    cmyk = read(zipped({f"{i}": picture(image, "JPEG", "CMYK", quality=95) for i, image in enumerate(images)}))[0]
    assert float((everything(plain) - everything(cmyk)).abs().mean()) < 0.02


def test_13_colour_stays_colour_and_grey_saved_as_colour_is_grey():
    dataset, report = read(zipped(pngs(photographs())))
    assert dataset.image_shape == (16, 24, 3) and report.decision("colour").value == "colour"
    assert same_images(dataset, photographs() / 255.0, 1e-6)
    grey, report = read(zipped(pngs(photographs())), colour="grey")
    assert grey.image_shape == (16, 24) and report.decision("colour").reason == "as asked for"
    assert same_images(grey, photographs() @ np.array([0.299, 0.587, 0.114]) / 255.0, 1e-5)
    saved = read(zipped({f"{i}.png": picture(image, "PNG", "RGB") for i, image in enumerate(ink())}))
    assert saved[0].image_shape == (12, 12) and "all pixels are grey" in saved[1].decision("colour").reason


@pytest.mark.parametrize(("turn", "mirror"), [("90", "no"), ("0", "yes"), ("90", "yes"), ("180", "no"), ("270", "yes")])
def test_26_images_are_turned_and_mirrored_only_when_asked(turn, mirror):
    images = ink(20)[:, :, 2:]
    dataset, _ = read(npy(images), turn=turn, mirror=mirror)
    expected = np.rot90(images, -int(turn) // 90, (1, 2))
    expected = expected[:, :, ::-1] if mirror == "yes" else expected
    assert dataset.image_shape == expected.shape[1:] and same_images(
        dataset, np.ascontiguousarray(expected) / 255.0, 1e-6
    )


def test_26_transposed_letters_stand_up():
    lying = ink().transpose(0, 2, 1)
    assert same_images(read(idx(lying), turn="90", mirror="yes")[0], SCALED)


def test_31_damaged_pictures_are_listed_and_above_a_fifth_it_stops():
    files = pngs(ink())
    files["3.png"] = files["3.png"][:60]
    files["4.png"] = b"<html>not found</html>"
    files["5.png"] = b""
    report = read(zipped(files))[1]
    assert [item.name for item in report.left_out] == ["3.png", "4.png", "5.png"] and report.num_images == 17
    assert all(item.reason for item in report.left_out) and any("3 of 20 images" in note for note in report.notes)
    files |= {"6.png": b"\x89PNG\r\n\x1a\n", "7.png": HEIC}
    assert "5 of 20 images cannot be read, and more than a fifth" in refused(zipped(files))


def test_31_images_that_are_not_finite_are_listed():
    images = ink() / 255.0
    images[4, 2, 2] = np.nan
    report = read(npy(images))[1]
    assert [(item.name, item.reason) for item in report.left_out] == [("image 5", "a value that is not finite")]
    images[:6, 0, 0] = np.inf
    assert "more than a fifth" in refused(npy(images))
    for size in (1e31, -1e308):
        far = ink() / 255.0
        far[4, 2, 2] = size
        assert [item.name for item in read(npy(far))[1].left_out] == ["image 5"], "beyond float32"


@pytest.mark.parametrize(
    ("images", "likelihood", "binarization"),
    [
        ((ink() > 0) * 1.0, "bernoulli", "none"),
        (ink(), "bernoulli", "dynamic"),
        (photographs()[..., 0], "gaussian", "none"),
        (photographs(), "gaussian", "none"),
    ],
)
def test_32_the_likelihood_suits_the_pixels_and_says_why(images, likelihood, binarization):
    dataset, report = read(npy(images))
    assert (report.training["likelihood"], dataset.binarization) == (likelihood, binarization)
    assert report.training.get("variance") == ("per_pixel" if likelihood == "gaussian" else None)
    assert report.decision("likelihood").reason
    asked, other = read(npy(images), likelihood="continuous_bernoulli")
    assert asked.binarization == "none" and other.training["likelihood"] == "continuous_bernoulli"
    vc.ModelConfig(
        dataset.data_dim,
        dataset.image_shape,
        **{k: v for k, v in report.training.items() if k in ("likelihood", "hidden_dims", "variance")},
    )


def test_33_of_moving_pictures_the_first_frame_is_read_and_tiff_is_named():
    files = {}
    for number in range(10):
        frames = [Image.fromarray(image) for image in (ink(10)[number], ink(10, seed=9)[number] // 2)]
        for kind in ("GIF", "WEBP", "PNG"):
            files[f"{number}.{kind}"] = picture(
                frames[0],
                kind,
                save_all=True,
                append_images=frames[1:],
                **({"lossless": True} if kind == "WEBP" else {}),
            )
    dataset, report = read(zipped(files))
    assert "30 moving pictures: their first frame is read." in report.notes
    assert same_images(dataset, np.repeat(ink(10), 3, 0) / 255.0, 0.01)
    report = read(zipped(pngs(ink()) | {"scan.tif": picture(ink()[0], "TIFF")}))[1]
    assert report.left_out[0].reason == "it is a TIFF picture: save it as PNG or JPEG"


def test_28_a_picture_that_pillow_does_not_even_open_is_too_large_and_not_damaged(monkeypatch):
    content = io.BytesIO()
    Image.new("L", (40, 40)).save(content, "PNG")
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)
    with pytest.raises(vc.DataError, match="^it has far more than .* million pixels: save it smaller$"):
        read_picture_file(content.getvalue())
