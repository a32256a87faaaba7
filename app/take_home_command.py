"""The command `aevb-lab take-home`: writes the page to take home."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path

from aevb_lab.escaping import name_of_file, shortened
from aevb_lab.session.images import examples_for
from aevb_lab.session.models import LoadedModel, content_key
from aevb_lab.take_home import MOST_TEXT, require_small, take_home_page
from vae_core.cli.arguments import BAD_INPUT, Parser, short
from vae_core.cli.streams import prepare_streams, say, write_report
from vae_core.config import ModelConfig
from vae_core.errors import VaeCoreError, sentence
from vae_core.files import check_header, regular_size, write_atomic
from vae_core.models import MODEL_FILE, config_of, find_model, list_pretrained, load_model_bytes
from vae_core.sizes import in_words, require_memory
from vae_core.studies.planes import WIDEST, View

PROG = "aevb-lab take-home"
LETTER_BYTES = 4  # a character in UTF-8 has no more


def take_home(arguments: Sequence[str]) -> int:
    """Run the command; 0, or 2 with one clear line on stderr."""
    prepare_streams()
    args = build_parser().parse_args(arguments)
    try:
        check_page_path(args.out)
        text = read_text(args.text) if args.text else ""
        model = open_model(args.model)
        view = read_view(args.axes, model)
        page = take_home_page(model, view, text)
        write_atomic(args.out, page, only_new=True)
    except (VaeCoreError, ValueError, OSError) as error:
        say(f"{PROG}: {sentence(error)}")
        return BAD_INPUT
    except KeyboardInterrupt:
        say(f"{PROG}: interrupted; nothing was written")
        return 130
    report = {"out": str(args.out), "model": model.name, "bytes": len(page)}
    return 0 if write_report(report, as_json=args.json) else BAD_INPUT


def build_parser() -> Parser:
    """The flags of the command."""
    parser = Parser(
        prog=PROG,
        description="Write one HTML file with a model's map and its decoder. It opens in any browser, without a network.",
    )
    parser.add_argument("model", help="a pretrained name, or a path to a .safetensors file")
    parser.add_argument("--out", type=Path, required=True, help="FILE.html, which must not exist yet")
    parser.add_argument(
        "--axes",
        metavar="I,J",
        help="the two latent dimensions that the map shows, counted from 1, such as 1,2; or principal: the two directions in "
        "which the dots vary most. Default: as on the Latent map",
    )
    parser.add_argument("--text", type=Path, metavar="FILE", help="plain text to show on the page, such as a lesson")
    parser.add_argument("--json", action="store_true", help="print one JSON object on stdout")
    return parser


def check_page_path(path: Path) -> None:
    """ValueError unless a new file can be written there, as far as can be seen before the work."""
    if os.path.isdir(path):
        raise ValueError(f"--out must be a file, got the folder {path}")
    if path.suffix.lower() not in (".html", ".htm"):
        raise ValueError(f"--out must end in .html, got {path}")
    if os.path.lexists(path):
        raise ValueError(f"--out must be a new file, got {path}, which is there already: choose another name")
    if not os.path.isdir(path.parent):
        raise ValueError(f"--out must be a file in a folder that exists, got {path}: make the folder first")


def read_text(path: Path) -> str:
    """The plain text in a file. ValueError for anything else, OSError where it cannot be read."""
    size = regular_size(path)
    if size > LETTER_BYTES * MOST_TEXT:
        raise ValueError(f"--text must have at most {MOST_TEXT:,} characters, got {path} with its {in_words(size)}")
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise ValueError(f"--text must be plain text in UTF-8, got {path}: save it in this encoding") from None


def open_model(name: str) -> LoadedModel:
    """The model of this name or path. TooLarge for one that is too large for a page, before its weights are used."""
    path = find_model(name)
    is_pretrained, is_run = name in list_pretrained(), path.name == MODEL_FILE
    title = name if is_pretrained else name_of_file(path.absolute().parent.name if is_run else path.name)
    size = regular_size(path)
    require_memory(2 * size, f"{path} with its {in_words(size)}", "choose a smaller one")
    content = path.read_bytes()
    require_small(config_of(check_header(content, str(path)), str(path)), title)
    vae, header = load_model_bytes(content, str(path))
    return LoadedModel(title, content_key(content), vae, header, path.parent if is_run else None)


def read_view(text: str | None, model: LoadedModel) -> View:
    """The plane that --axes asks for. ValueError with the rule that was broken."""
    if text is None:
        return WIDEST
    config = model.vae.config
    if config.latent_dim <= 2:
        raise ValueError(
            f"--axes chooses among more than two latent dimensions, and {model.name} has {config.latent_dim}"
        )
    if text == "principal":
        if examples_for(model) is None:
            raise ValueError(
                f"--axes principal needs test images of {shortened(model.data, 60) or 'its data'}: put them on this machine"
            )
        return View(principal=True)
    return View(axes=_dimensions(text, config))


def _dimensions(text: str, config: ModelConfig) -> tuple[int, int]:
    match = re.fullmatch(r"([0-9]{1,6}),([0-9]{1,6})", text)
    first, second = (int(number) for number in match.groups()) if match else (0, 0)
    if first == second or not 1 <= min(first, second) <= max(first, second) <= config.latent_dim:
        raise ValueError(
            f"--axes must be two different numbers from 1 to {config.latent_dim}, such as 1,2, or principal; got {short(text)}"
        )
    return first - 1, second - 1
