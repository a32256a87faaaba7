"""How well letters can be read on a ground: contrast as WCAG 2.2 defines it."""

INKS = ("#ffffff", "#14141d")
LEAST_CONTRAST = 4.5  # between letters and their ground, for level AA


def luminance(colour):
    """The relative luminance of "#rrggbb", from 0 (black) to 1 (white)."""
    parts = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(colour, ground):
    """How well two colours can be told apart, from 1 to 21."""
    darker, lighter = sorted((luminance(colour), luminance(ground)))
    return (lighter + 0.05) / (darker + 0.05)


def ink_on(ground):
    """The ink that has more contrast to a ground: what `inkOn` of `kit/canvas.js` must say."""
    return max(INKS, key=lambda ink: contrast(ink, ground))
