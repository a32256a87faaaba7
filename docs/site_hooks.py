"""What mkdocs does not do by itself: pages that lie outside `docs/`, links to files that are no pages, and KaTeX from its npm package."""

from __future__ import annotations

import posixpath
import re
import shutil
from pathlib import Path
from typing import Any

from markdown import Markdown
from markdown.extensions import Extension
from markdown.preprocessors import Preprocessor
from mkdocs.structure.files import File, Files

REPOSITORY = Path(__file__).resolve().parent.parent
ELSEWHERE = {  # pages of the site that lie outside docs/
    "contributing.md": "CONTRIBUTING.md",
    "changelog.md": "CHANGELOG.md",
    "pretrained.md": "pretrained/README.md",
    "benchmarks.md": "benchmarks/README.md",
}
KATEX = REPOSITORY / "node_modules" / "katex" / "dist"
RENDER = """
document.addEventListener("DOMContentLoaded", () => {
  renderMathInElement(document.body, { delimiters: [{ left: "\\\\(", right: "\\\\)", display: false }, { left: "\\\\[", right: "\\\\]", display: true }] })
})
"""
LINK = re.compile(r"(!?)\[([^\]]*)\]\((?!https?:|#|mailto:)([^)\s#]+)(#[^)\s]+)?\)")


class Doctests(Extension):
    """An example of a docstring, from ">>>" to the next empty line, is code and no quotation."""

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802  the library's name
        md.preprocessors.register(_Fenced(md), "doctests", priority=60)  # before other code is recognised


class _Fenced(Preprocessor):
    def run(self, lines: list[str]) -> list[str]:
        text = re.sub(r"(?m)^>>> (?:.+\n?)+", lambda match: f"```pycon\n{match[0].rstrip()}\n```\n", "\n".join(lines))
        return text.split("\n")


def on_config(config: Any) -> Any:
    config["markdown_extensions"].append(Doctests())
    return config


def on_files(files: Files, config: Any) -> Files:
    for name, source in ELSEWHERE.items():
        files.append(File.generated(config, name, abs_src_path=str(REPOSITORY / source)))
    files.append(File.generated(config, "icon.png", abs_src_path=str(REPOSITORY / "app" / "static" / "icon.png")))
    if not KATEX.is_dir():
        raise SystemExit("docs: KaTeX is not here; `make docs` installs it (npm ci)")
    fonts = [f"fonts/{path.name}" for path in sorted((KATEX / "fonts").glob("*.woff2"))]
    for name in ("katex.min.js", "katex.min.css", *fonts):
        files.append(File.generated(config, f"katex/{name}", abs_src_path=str(KATEX / name)))
    files.append(
        File.generated(config, "katex/auto-render.min.js", abs_src_path=str(KATEX / "contrib" / "auto-render.min.js"))
    )
    files.append(File.generated(config, "katex/render.js", content=RENDER))
    return files


def on_page_markdown(markdown: str, page: Any, config: Any, files: Files) -> str:
    """Links, which are relative to the file in the repository, lead to pages of the site. What is no page of it is code."""
    own = page.file.src_uri
    source = ELSEWHERE.get(own, f"docs/{own}")
    pages = {path: name for name, path in ELSEWHERE.items()}

    def follow(match: re.Match[str]) -> str:
        picture, words, target, anchor = match.groups()
        path = posixpath.normpath(posixpath.join(posixpath.dirname(source), target))
        name = pages.get(path, path.removeprefix("docs/") if path.startswith("docs/") else None)
        if name is None or files.get_file_from_path(name) is None:
            if not (REPOSITORY / path).exists():
                return match[0]  # mkdocs says that it leads nowhere
            return words if "`" in words or picture else f"{words} (`{path}`)" if words != path else f"`{path}`"
        return f"{picture}[{words}]({posixpath.relpath(name, posixpath.dirname(own) or '.')}{anchor or ''})"

    return LINK.sub(follow, markdown)


def on_post_build(config: Any) -> None:
    """KaTeX's style sheet names fonts of other kinds too, for browsers that nobody has any more."""
    sheet = Path(config["site_dir"]) / "katex" / "katex.min.css"
    text = re.sub(
        r",url\(fonts/[^)]+\.(?:woff|ttf)\)format\(\"(?:woff|truetype)\"\)", "", sheet.read_text(encoding="utf-8")
    )
    text = re.sub(r",\s*url\(fonts/[^)]+\.(?:woff|ttf)\)\s*format\(['\"](?:woff|truetype)['\"]\)", "", text)
    sheet.write_text(text, encoding="utf-8")
    shutil.rmtree(Path(config["site_dir"]) / "__pycache__", ignore_errors=True)
