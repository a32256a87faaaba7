"""What no file may do, whoever writes it: the "never" list of the architecture."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from vae_core import studies

REPOSITORY = Path(__file__).resolve().parent.parent
FOLDERS = ("vae_core", "app", "tests", "benchmarks", "examples", "pretrained")
MYSELF = "tests/test_nevers.py"
SOURCES = {
    path.relative_to(REPOSITORY).as_posix(): path.read_text(encoding="utf-8")
    for folder in FOLDERS
    for path in sorted((REPOSITORY / folder).rglob("*.py"))
    if path.name != "test_nevers.py"
}
FRONT_DOORS = ("vae_core/__init__.py", "vae_core/studies/__init__.py")
NAMEDTUPLE = {"_replace", "_asdict", "_fields", "_make"}


@cache
def nodes_of(source: str) -> list[ast.AST]:
    return list(ast.walk(ast.parse(source)))


def is_private(name: str) -> bool:
    return len(name) > 1 and name[0] == "_" != name[1] and name not in NAMEDTUPLE


def defined_privates(source: str) -> set[str]:
    """Private functions, classes, variables and attributes that a source defines."""
    names = set()
    for node in nodes_of(source):
        if isinstance(node, (ast.FunctionDef, ast.ClassDef, ast.AsyncFunctionDef)):
            names.add(node.name)
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            names.add(node.attr)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
    return {name for name in names if is_private(name)}


def foreign_privates(source: str, others: set[str]) -> set[str]:
    """Private names of other files that a source imports, reads as an attribute, or names in a string."""
    own = defined_privates(source)
    used = set()
    for node in nodes_of(source):
        if isinstance(node, ast.ImportFrom):
            used |= {alias.name for alias in node.names if is_private(alias.name)}
        elif isinstance(node, ast.Attribute) and is_private(node.attr):
            used.add(node.attr)
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith("setattr"):
            named = [part.value for part in node.args if isinstance(part, ast.Constant) and isinstance(part.value, str)]
            used |= {name.rpartition(".")[2] for name in named}
    return (used & others) - own


@cache
def privates_by_file() -> dict[str, set[str]]:
    """Made at the first call: to read all files takes seconds, and every process that collects tests would do it."""
    return {path: defined_privates(source) for path, source in SOURCES.items()}


@pytest.mark.parametrize("path", SOURCES)
def test_no_file_uses_another_files_private_name(path):
    others = set().union(*(names for other, names in privates_by_file().items() if other != path))
    assert foreign_privates(SOURCES[path], others) == set()


def modules_of(source: str) -> set[str]:
    """The top-level packages that a source imports, wherever it does."""
    tops = set()
    for node in nodes_of(source):
        if isinstance(node, ast.Import):
            tops |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            tops.add(node.module.split(".")[0])
    return tops


@pytest.mark.parametrize("path", [path for path in SOURCES if path.startswith("app/")])
def test_the_app_has_no_torch(path):
    assert "torch" not in modules_of(SOURCES[path]), "studies hand over numpy"


ARRAYS = ("enlarge(", "film_strip(", "mosaic(", "_rows(", "bounds.redraw_pictures(")  # what makes a picture as an array


@pytest.mark.parametrize("path", [path for path in SOURCES if path.startswith("app/")])
def test_a_picture_is_in_the_page_and_no_file_of_its_own(path):
    """Streamlit drops the file of a picture at the next run, and a browser that asks for it too late shows a broken picture."""
    calls = [
        node for node in nodes_of(SOURCES[path]) if isinstance(node, ast.Call) and ast.unparse(node.func) == "st.image"
    ]
    assert not [ast.unparse(call.args[0]) for call in calls if ast.unparse(call.args[0]).startswith(ARRAYS)]


def uses(source: str, word: str) -> bool:
    """Whether code (not a comment or a docstring) has an attribute or an imported name that begins with the word."""
    return any(
        (isinstance(node, ast.Attribute) and node.attr.startswith(word))
        or (isinstance(node, ast.alias) and node.name.split(".")[-1].startswith(word))
        for node in nodes_of(source)
    )


@pytest.mark.parametrize("path", [path for path in SOURCES if path.startswith("app/")])
def test_only_sessions_touch_session_state_and_only_they_and_the_cache_keep_anything(path):
    source = SOURCES[path]
    if not path.startswith("app/session/"):
        assert not uses(source, "session_state")
        assert path.startswith("app/cached") or not uses(source, "cache_data") and not uses(source, "cache_resource")


@pytest.mark.parametrize("path", [path for path in SOURCES if path.endswith("__init__.py")])
def test_package_files_are_empty_but_for_the_two_front_doors(path):
    assert path in FRONT_DOORS or not SOURCES[path].strip()


RIDDLES = {"found", "shown", "known", "said", "one", "some"}  # a reader looks elsewhere for what such a name holds


def given_names(source: str) -> set[str]:
    """The names that a source gives to variables, parameters, attributes, functions, classes and imports."""
    names = set()
    for node in nodes_of(source):
        match node:
            case ast.Name(id=name, ctx=ast.Store()) | ast.Attribute(attr=name, ctx=ast.Store()) | ast.arg(arg=name):
                names.add(name)
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                names.add(node.name)
            case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
                names.add(name)
            case ast.alias():
                names.add(node.asname or node.name)
    return names


@pytest.mark.parametrize("path", SOURCES)
def test_a_name_is_a_noun_that_says_what_it_holds(path):
    assert given_names(SOURCES[path]) & RIDDLES == set()


LONG = 350  # lines; eslint allows no more in JavaScript


def is_long_without_a_reason(source: str) -> bool:
    """Whether a source is long and the first paragraph of its docstring does not say why."""
    paragraph = (ast.get_docstring(ast.parse(source)) or "").split("\n\n")[0]
    reason = re.search(r"\bLonger than other \w+[:,] \w|\bThe file is long because \w", " ".join(paragraph.split()))
    return source.count("\n") > LONG and reason is None


@pytest.mark.parametrize("path", [path for path in SOURCES if SOURCES[path].count("\n") > LONG])
def test_a_long_file_says_at_its_head_why_it_is_long(path):
    assert not is_long_without_a_reason(SOURCES[path])


# -- the referee itself ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "source",
    [
        "from vae_core.layers import _Linear",
        "from vae_core import layers\nlayers._Linear",
        "monkeypatch.setattr(layers, '_Linear', None)",
        "monkeypatch.setattr('vae_core.layers._Linear', None)",
    ],
)
def test_a_private_name_of_another_file_is_seen(source):
    assert foreign_privates(source, {"_Linear"}) == {"_Linear"}


def test_own_and_library_privates_are_no_fouls():
    assert foreign_privates("class _Linear: pass\n_Linear", {"_Linear"}) == set()
    assert foreign_privates("torch._foreach_add_(x, 1); point._replace(a=1)", {"_Linear"}) == set()
    assert uses("import streamlit as st\nst.cache_resource", "cache_resource") and not uses('"""cache_data"""', "cache")
    assert uses("import streamlit as st\nst.session_state.x = 1", "session_state")
    assert not uses('"""never st.session_state"""', "session_state")
    assert modules_of("def f():\n    import torch.nn") == {"torch"}


@pytest.mark.parametrize(
    "source",
    [
        "found = 1",
        "a, (found, *b) = x",
        "for found in x: pass",
        "[found for found in x]",
        "with x as found: pass",
        "try: x\nexcept Error as found: pass",
        "lambda *, found: 1",
        "async def f(*found): pass",
        "def found(): pass",
        "class A:\n    found: int = 1",
        "self.found = 1",
        "from x import found",
        "import x as found",
        "match x:\n    case [found, *_]: pass",
        "(found := 1)",
    ],
)
def test_a_riddle_is_seen_wherever_a_name_is_given(source):
    assert given_names(source) & RIDDLES == {"found"}


def test_a_long_file_without_a_reason_is_seen():
    lines = "\n" * 351
    assert is_long_without_a_reason(lines) and is_long_without_a_reason(f'"""What it is."""{lines}')
    assert is_long_without_a_reason(f'"""What it is.\n\n(Longer than other files: late.)"""{lines}')
    assert not is_long_without_a_reason(f'"""What it is. (Longer than\nother files: why.)"""{lines}')
    assert not is_long_without_a_reason("\n" * 350)


def test_what_others_named_is_no_riddle():
    assert given_names("x = y.found(found='found')") == {"x"}


# -- torch's default device --------------------------------------------------------------------------------------

MAKERS = {
    *(
        "arange",
        "as_tensor",
        "asarray",
        "empty",
        "eye",
        "full",
        "linspace",
        "logspace",
        "normal",
        "ones",
        "rand",
        "randint",
    ),
    *("randn", "randperm", "range", "scalar_tensor", "tensor", "tril_indices", "triu_indices", "zeros"),
}


def without_device(source: str) -> list[int]:
    """The lines of a source where torch makes a tensor without being told where."""
    return [
        node.lineno
        for node in nodes_of(source)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
        and (node.func.value.id, node.func.attr) in {("torch", name) for name in MAKERS}
        and "device" not in {keyword.arg for keyword in node.keywords}
    ]


@pytest.mark.parametrize("path", [path for path in SOURCES if path.startswith("vae_core/")])
def test_no_tensor_is_made_on_torchs_default_device(path):
    """It is the caller's: a model and its data are elsewhere."""
    assert without_device(SOURCES[path]) == []


NOISE = {"bernoulli", "normal", "normal_", "rand", "rand_like", "randn", "randn_like", "uniform_"}


def draws_of_noise(source: str) -> list[int]:
    """The lines of a source that use a function of torch which draws noise."""
    return [
        node.lineno for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Attribute) and node.attr in NOISE
    ]


@pytest.mark.parametrize("path", [path for path in SOURCES if path.startswith(("vae_core/", "app/"))])
def test_noise_is_drawn_in_one_file(path):
    """So that its dtype, its device, its generator and its size are looked at wherever it is drawn."""
    assert (draws_of_noise(SOURCES[path]) == []) == (path != "vae_core/randomness.py")


def test_a_draw_of_noise_is_seen():
    assert draws_of_noise("z = draw_normal((2,))\nz = torch.randn(2)\nz.uniform_()") == [2, 3]


def test_a_tensor_without_a_device_is_seen():
    assert without_device("x = torch.zeros(3)\ny = torch.zeros(3, device=x.device)\nz = torch.zeros_like(x)") == [1]


# -- the front door of studies -----------------------------------------------------------------------------------


def names_of_studies(source: str) -> set[str]:
    """Functions and classes that a source takes from the files of `vae_core.studies`, by import or as attributes of such a file."""
    nodes = list(ast.walk(ast.parse(source)))
    imports = [node for node in nodes if isinstance(node, ast.ImportFrom) and node.module]
    files = {
        alias.asname or alias.name
        for node in imports
        if node.module == "vae_core.studies"
        for alias in node.names
        if (REPOSITORY / "vae_core/studies" / f"{alias.name}.py").exists()
    }
    names = {alias.name for node in imports if node.module.startswith("vae_core.studies.") for alias in node.names}
    for node in nodes:
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in files:
            names.add(node.attr)
    return {name for name in names if not name.isupper()}


@pytest.mark.parametrize("path", [path for path in SOURCES if path.startswith("app/")])
def test_what_the_app_takes_from_studies_is_at_their_front_door(path):
    assert names_of_studies(SOURCES[path]) <= set(studies.__all__)


def test_a_name_of_a_study_is_seen():
    source = "from vae_core import studies\nfrom vae_core.studies import repairs\nfrom vae_core.studies.toys import REACH, toy\n"
    assert names_of_studies(source + "repairs.block(1); studies.hidden; repairs.COVER") == {"toy", "block"}
