"""The glossary on screen: each of its words is underlined, and a press on one opens its bubble. The side bar has all words."""

from __future__ import annotations

import streamlit as st

from aevb_lab.components.page_marks import page_marks
from aevb_lab.glossary import WORDS, words_in
from aevb_lab.session.link import forget_word, remember_pressed_word, remember_word, word_of_link


def words(view: str) -> None:
    """Underline the words of the page `view`, and let the keyboard reach its legends. The link `?word=elbo` opens the panel of all words at one,
    as "All words" in its bubble does."""
    page_marks(remember_pressed_word)
    word = word_of_link()
    if word is not None:
        _panel(_key_of(word), view)


def words_button() -> None:
    """In the side bar: the button that opens the panel of all words."""
    with st.sidebar:
        st.button(
            "Words", key="words", icon=":material/dictionary:", on_click=remember_word, args=("elbo",), type="tertiary",
            help="What the words and symbols mean. A press on an underlined word of the page shows one of them.",
        )  # fmt: skip


def _key_of(word: str) -> str:
    """The key of an entry by its key, its name or another of its forms; of the first entry where there is none."""
    if word in WORDS:
        return word
    return next((key for form, key in words_in(word)), next(iter(WORDS)))


@st.dialog("Words", width="medium", on_dismiss=forget_word)
def _panel(first: str, view: str) -> None:
    names = sorted(WORDS, key=lambda key: WORDS[key].name.casefold())
    key = st.selectbox(
        "Word or symbol", names, names.index(first), lambda name: WORDS[name].name, key=f"word_from_{first}"
    )
    word = WORDS[key]
    st.markdown(f"**{word.name}**: {word.meaning}\n\n**Example:** {word.example}\n\n$${word.symbols}$$")
    if word.page != view:
        st.markdown("Try it on this page:")
        st.page_link(f"views/{word.page}.py", query_params=word.link)
    with st.expander(f"All {len(names)} words"):
        st.markdown("\n".join(f"- **{WORDS[name].name}**: {WORDS[name].meaning}" for name in names))
