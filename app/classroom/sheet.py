"""All answers of a class as one page for paper: each question in its words, and what was answered, without names."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from html import escape

from aevb_lab.classroom.answers import Answer, Question, summary
from aevb_lab.escaping import printable

WIDTH, HEIGHT, EDGE = 480, 220, 12  # a drawing, in its own units
STYLE = """
body { font: 16px/1.45 system-ui, sans-serif; color: #1d1d2b; background: #fff; max-width: 44rem; margin: 2rem auto; padding: 0 1rem; }
section { break-inside: avoid; margin: 0 0 1.8rem; }
h2 { font-size: 1.1rem; margin: 0 0 0.4rem; }
td, th { padding: 0.15rem 1rem 0.15rem 0; text-align: left; vertical-align: top; }
svg { width: 100%; height: auto; border: 1px solid #767680; }
svg * { fill: none; stroke: #1d1d2b; stroke-width: 1.5; }
"""


def as_sheet(answers: Iterable[Answer], words_of: Callable[[Question], str]) -> str:
    """The page. `words_of` gives a question's words, empty where nobody knows them."""
    by_question: dict[Question, list[Answer]] = {}
    for answer in answers:
        by_question.setdefault(answer.question, []).append(answer)
    sections = [_section(question, by_question[question], words_of(question)) for question in sorted(by_question)]
    text = "\n".join(sections) or "<p>Nobody has answered a question yet.</p>"
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Answers of the class</title><style>{STYLE}</style></head>
<body><h1>Answers of the class</h1>
<p>Answers have no names. Each browser's last answer to a question counts.</p>
{text}
</body></html>
"""


def _section(question: Question, answers: list[Answer], words: str) -> str:
    record = summary(question, answers)
    title = words or f"{question.lesson}, step {question.step}: {question.name}"
    count = record["count"]
    return (
        f"<section><h2>{escape(printable(title))}</h2><p>{count} answer{'' if count == 1 else 's'}"
        f" ({escape(question.lesson)}, step {question.step})</p>{_DRAW[record['kind']](record['values'])}</section>"
    )


def _choices(values: Sequence[tuple[str, int]]) -> str:
    rows = "".join(f"<tr><td>{escape(text)}</td><td>{times}</td></tr>" for text, times in values)
    return f"<table><tr><th>answer</th><th>how often</th></tr>{rows}</table>"


def _numbers(values: Sequence[float]) -> str:
    return f"<p>{', '.join(_minus(value) for value in values)}</p>"


def _points(values: Sequence[Sequence[float]]) -> str:
    marks = "".join(
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="5"/>' for ((x, y),) in _placed([[value] for value in values])
    )
    return _drawing(marks, f"{len(values)} points") + _numbers_of(values)


def _curves(values: Sequence[Sequence[float]]) -> str:
    curves = [[(float(i) / (len(curve) - 1), y) for i, y in enumerate(curve)] for curve in values]
    return _drawing(_lines("polyline", _placed(curves)), f"{len(values)} curves")


def _loops(values: Sequence[Sequence[float]]) -> str:
    loops = [list(zip(loop[::2], loop[1::2], strict=True)) for loop in values]
    return _drawing(_lines("polygon", _placed(loops)), f"{len(values)} loops")


def _numbers_of(values: Sequence[Sequence[float]]) -> str:
    return f"<p>{'; '.join(f'({_minus(x)}, {_minus(y)})' for x, y in values)}</p>"


def _minus(value: float) -> str:
    return f"{value:.4g}".replace("-", "−")


def _placed(shapes: Sequence[Sequence[Sequence[float]]]) -> list[list[tuple[float, float]]]:
    """Shapes of places, in the units of a drawing that holds them all."""
    spans = []
    for axis in range(2):
        values = [place[axis] for shape in shapes for place in shape]
        low, high = min(values), max(values)
        spans.append((low, high) if low < high else (low - 0.5, high + 0.5))
    (left, right), (bottom, top) = spans
    return [
        [
            (
                EDGE + (x - left) / (right - left) * (WIDTH - 2 * EDGE),
                EDGE + (top - y) / (top - bottom) * (HEIGHT - 2 * EDGE),
            )
            for x, y in shape
        ]
        for shape in shapes
    ]


def _lines(tag: str, shapes: Sequence[Sequence[tuple[float, float]]]) -> str:
    return "".join(f'<{tag} points="{" ".join(f"{x:.1f},{y:.1f}" for x, y in shape)}"/>' for shape in shapes)


def _drawing(marks: str, words: str) -> str:
    return f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(words)}">{marks}</svg>'


_DRAW: dict[str, Callable[..., str]] = {
    "choice": _choices,
    "number": _numbers,
    "point": _points,
    "curve": _curves,
    "loop": _loops,
}
