"""How one's own images are read: each decision as a setting that can be overruled, and the report of what was decided. The file is
long because the words of each setting stand beside it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from vae_core.config import BINARIZATIONS, LIKELIHOODS, require_whole, settle
from vae_core.data.containers import LeftOut
from vae_core.data.picture_files import MOST_SIDE
from vae_core.settings import Choice, JsonConfig, Number, Text, Whole, Widths, as_sizes, setting

AUTO = "auto"
MOST_IMAGES = 20_000
AXES = ("NHW", "HWN", "NHWC", "NCHW", "HWCN")


@dataclass(frozen=True)
class ReadOptions(JsonConfig):
    """What is overruled of the decisions about one's own images; "auto", 0, "" and () leave each to the data.

    `image_shape`, (height, width) or (height, width, 3), is that of a model that the images are for: they get exactly this shape.
    """

    image_shape: tuple[int, ...] = ()
    side: int = setting(
        0,
        Whole(
            flag="--side",
            label="Longer side",
            short=f"of the images, up to {MOST_SIDE}; 0: as the data have it",
            help="How many pixels the longer side of each image gets. 0: as the data have it.",
            least=0,
            most=MOST_SIDE,
        ),
    )
    colour: str = setting(
        AUTO,
        Choice(
            flag="--colour",
            label="Colour",
            help="Colour stays colour, unless all pixels are grey anyway. Grey is the luminance of the colour.",
            choices=(AUTO, "grey", "colour"),
            names={AUTO: "as the data have it", "grey": "grey", "colour": "in colour"},
        ),
    )
    scale: str = setting(
        AUTO,
        Choice(
            flag="--scale",
            label="Scale",
            help="Which values become black and white. Choose 0 and 1, 0 and 255, 0 and the largest value, -1 and 1, or the smallest "
            "and the largest value.",
            choices=(AUTO, "0-1", "0-255", "largest", "-1-1", "min-max"),
            names={AUTO: "as the data have it", "0-1": "0 to 1", "0-255": "0 to 255", "largest": "0 to the largest value",
                   "-1-1": "-1 to 1", "min-max": "smallest to largest value"},
        ),
    )  # fmt: skip
    polarity: str = setting(
        AUTO,
        Choice(
            flag="--polarity",
            label="Light and dark",
            help="Dark ink on light paper becomes light on dark, as data sets of digits are. Photographs stay as they are.",
            choices=(AUTO, "keep", "invert"),
            names={AUTO: "as the data have it", "keep": "as in the files", "invert": "light and dark changed over"},
        ),
    )
    ground: str = setting(
        AUTO,
        Choice(
            flag="--ground",
            label="Behind transparent parts",
            help="What is seen through transparent parts of pictures, the same in all of them.",
            choices=(AUTO, "black", "white"),
            names={AUTO: "what the ink stands out from", "black": "black", "white": "white"},
        ),
    )
    turn: str = setting(
        "0",
        Choice(
            flag="--turn",
            label="Turned by",
            short="degrees clockwise",
            help="Turns all images clockwise. Some files of letters are stored lying on their side.",
            choices=("0", "90", "180", "270"),
            names={"0": "not turned", "90": "90 degrees", "180": "180 degrees", "270": "270 degrees"},
        ),
    )
    mirror: str = setting(
        "no",
        Choice(
            flag="--mirror",
            label="Mirrored",
            short="left and right, after turning",
            help="Changes left and right of all images, after they are turned.",
            choices=("no", "yes"),
            names={"no": "not mirrored", "yes": "left and right changed over"},
        ),
    )
    framing: str = setting(
        "none",
        Choice(
            flag="--framing",
            label="Framing",
            help="Cuts out the ink of each image, and puts it at one size in the middle, as MNIST's makers did. "
            "The middle is its centre of mass, or that of its box.",
            choices=("none", "mass", "box"),
            names={"none": "as in the files", "mass": "ink at one size, centre of mass in the middle", "box": "ink at one size, its box in the middle"},
        ),
    )  # fmt: skip
    axes: str = setting(
        AUTO,
        Choice(
            flag="--axes",
            label="Axes of an array",
            short="N images, H height, W width, C channels",
            help="Which axis of an array counts the images (N), rows (H), columns (W) and channels (C).",
            choices=(AUTO, *AXES),
        ),
    )
    channels: str = setting(
        "rgb",
        Choice(
            flag="--channels",
            label="Order of channels",
            help="Red, green and blue, or blue first, as OpenCV saves arrays.",
            choices=("rgb", "bgr"),
            names={"rgb": "red first", "bgr": "blue first"},
        ),
    )
    row_shape: tuple[int, ...] = setting(
        (),
        Widths(
            flag="--row-shape",
            label="Shape of a row",
            short="height,width of images that are rows of numbers",
            help="Height and width of images that are rows of numbers, such as 28,20. Empty: rows are square images.",
            layers=3,
            most=4096,
            most_layers=3,
        ),
    )
    images: str = setting(
        "",
        Text(
            flag="--images",
            label="Array of images",
            short="its name, where there are several",
            help="The name of the array that holds the images, where there are several.",
        ),
    )
    labels: str = setting(
        "",
        Text(
            flag="--labels",
            label="Classes from",
            short="the array's or column's name; none: no classes",
            help="The name of the array or column that holds the classes; first and last are columns too. none: no classes.",
        ),
    )
    split: str = setting(
        AUTO,
        Choice(
            flag="--split-by",
            label="Test images",
            help="Images that come as a training and a test part stay so. Others are drawn at random.",
            choices=(AUTO, "given", "random"),
            names={AUTO: "as the data have it", "given": "the data's own part", "random": "drawn at random"},
        ),
    )
    test_share: float = setting(
        0.2,
        Number(
            flag="--test-share",
            label="Share for testing",
            help="At most this share of the images is kept for testing.",
            above=0.0,
            largest=0.9,
            smallest=0.05,
            most=0.5,
        ),
    )
    split_seed: int = setting(
        0,
        Whole(
            flag="--split-seed",
            label="Seed of the split",
            help="Same seed, same test images.",
            least=0,
            most=2**31 - 1,
            below=2**63,
        ),
    )
    likelihood: str = setting(
        AUTO,
        Choice(
            flag="--likelihood",
            label="Likelihood for these images",
            help="Bernoulli for black-and-white pixels. Gaussian or continuous Bernoulli for grey ones and for colour.",
            choices=(AUTO, *LIKELIHOODS),
        ),
    )
    binarization: str = setting(
        AUTO,
        Choice(
            flag="--binarization",
            label="Black and white",
            help="How grey pixels become black or white for a Bernoulli decoder.",
            choices=(AUTO, *BINARIZATIONS),
        ),
    )
    most_images: int = setting(
        0,
        Whole(
            flag="--most-images",
            label="At most so many images",
            short=f"drawn at random; 0: all, up to {MOST_IMAGES:,}",
            help=f"Of a larger set so many images are drawn at random. 0: all, and more than {MOST_IMAGES:,} are refused.",
            least=0,
            most=MOST_IMAGES,
            below=2**63,
        ),
    )

    def __post_init__(self) -> None:
        for name, count in (("image_shape", 3), ("row_shape", 3)):
            shape = as_sizes(name, getattr(self, name), count)
            if shape and (len(shape) == 1 or len(shape) == 3 and shape[2] not in (1, 3, 4)):
                raise ValueError(f"{name} must be (height, width), or (height, width, channels), got {shape!r}")
            for length in shape:
                require_whole(f"each side of {name}", length, 1)
            object.__setattr__(self, name, tuple(map(int, shape)))
        settle(self)
        if self.side > MOST_SIDE:
            raise ValueError(f"side must be at most {MOST_SIDE}, got {self.side}")
        if self.most_images > MOST_IMAGES:
            raise ValueError(f"most_images must be at most {MOST_IMAGES:,}, got {self.most_images:,}")
        if self.test_share < 1e-3:
            raise ValueError(f"test_share must be at least 0.001, got {self.test_share}")


@dataclass(frozen=True)
class Decision:
    """One decision about all images: the setting of `ReadOptions` that overrules it, what was decided, as that setting's value,
    in words, and why."""

    name: str
    value: Any
    words: str
    reason: str

    def to_dict(self) -> dict[str, Any]:
        """As JSON types."""
        value = list(self.value) if isinstance(self.value, tuple) else self.value
        return {"value": value, "words": self.words, "reason": self.reason}


@dataclass(frozen=True)
class ReadReport:
    """What was read, and what was decided about it.

    `options` are the settings that read the same images in the same way again, with every decision in them. `training` are settings of
    `ModelConfig` and `TrainConfig` that suit the images. `notes` are sentences for the reader.
    """

    kind: str
    sha256: str
    num_images: int
    num_train: int
    num_test: int
    image_shape: tuple[int, ...]
    classes: dict[str, int]
    decisions: tuple[Decision, ...]
    left_out: tuple[LeftOut, ...]
    passed_over: int
    options: ReadOptions
    training: dict[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def decision(self, name: str) -> Decision:
        """The decision that the setting of this name overrules."""
        return next(decision for decision in self.decisions if decision.name == name)

    def to_dict(self) -> dict[str, Any]:
        """As JSON types."""
        return {
            "kind": self.kind,
            "sha256": self.sha256,
            "images": self.num_images,
            "train": self.num_train,
            "test": self.num_test,
            "image_shape": list(self.image_shape),
            "classes": dict(self.classes),
            "decisions": {decision.name: decision.to_dict() for decision in self.decisions},
            "left_out": [{"name": item.name, "reason": item.reason} for item in self.left_out],
            "training": {k: list(v) if isinstance(v, tuple) else v for k, v in self.training.items()},
            "options": self.options.to_dict(),
            "notes": list(self.notes),
        }

    @property
    def about(self) -> dict[str, Any]:
        """What a model's header keeps of it, as JSON types: how to read the same images again, and how to know them."""
        decisions = {decision.name: f"{decision.words}: {decision.reason}" for decision in self.decisions}
        return {"sha256": self.sha256, "options": self.options.to_dict(), "decisions": decisions}

    def __str__(self) -> str:
        lines = [
            f"{self.num_images:,} images ({self.kind}), {self.num_train:,} for training and {self.num_test:,} for testing"
        ]
        lines += [f"{decision.name}: {decision.words} ({decision.reason})" for decision in self.decisions]
        lines += [f"left out: {item.name}: {item.reason}" for item in self.left_out[:20]]
        lines += [f"left out: {len(self.left_out) - 20:,} more"] if len(self.left_out) > 20 else []
        return "\n".join([*lines, *self.notes])
