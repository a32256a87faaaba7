"""`make pictures`: every page is among its pictures, and it takes them."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

REPOSITORY = Path(__file__).resolve().parent.parent
sys.path.append(str(REPOSITORY / "docs"))

from take_pictures import FILM_FRAMES, FOLDER, MOST_BYTES, STILL_SIZE, STILLS, curve, file_names, film_name  # noqa: E402

SCRIPT = REPOSITORY / "docs" / "take_pictures.py"
IN_A_CLASS = {"classroom"}  # a page that is only there while there is a class


def test_every_page_is_among_the_pictures():
    main = (REPOSITORY / "app" / "main.py").read_text(encoding="utf-8")
    assert set(re.findall(r'st\.Page\("views/(\w+)\.py"', main)) - IN_A_CLASS == set(STILLS)
    assert len(set(file_names())) == len(file_names()) == 2 * len(STILLS) + 1


def test_the_pictures_that_are_there_are_all_and_small_enough():
    if not FOLDER.exists():
        pytest.skip("no pictures yet: `make pictures` takes them")
    assert {path.name for path in FOLDER.iterdir()} == set(file_names())
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) <= MOST_BYTES["all"]
    assert (FOLDER / film_name()).stat().st_size <= MOST_BYTES["film"]


def test_the_film_goes_round_in_the_middle_of_the_plane():
    places = list(curve(FILM_FRAMES))
    steps = [abs(x - u) + abs(y - v) for (x, y), (u, v) in zip(places, places[1:] + places[:1], strict=True)]
    assert 0 < min(steps) and max(steps) < 0.1, "no jump, not even from the last place to the first"
    assert all(0.15 < part < 0.85 for place in places for part in place)


@pytest.mark.slow
@pytest.mark.browser
def test_it_takes_stills_of_a_page_and_the_film(tmp_path):
    command = [sys.executable, str(SCRIPT), "--only", "likelihood", "film", "--frames", "8", "--out", str(tmp_path)]
    subprocess.run(command, check=True, timeout=600)
    stills = {theme: Image.open(tmp_path / f"likelihood-{theme}.webp").convert("L") for theme in ("light", "dark")}
    assert {still.size for still in stills.values()} == {STILL_SIZE}
    ground = {theme: still.getpixel((STILL_SIZE[0] - 5, STILL_SIZE[1] - 5)) for theme, still in stills.items()}
    assert ground["light"] > 240 and ground["dark"] < 40
    film = Image.open(tmp_path / film_name())
    frames = []
    for number in range(film.n_frames):
        film.seek(number)
        frames.append(film.convert("RGB").tobytes())
    assert len(frames) == len(set(frames)) == 8, "each picture shows another place"
