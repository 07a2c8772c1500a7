"""When two mentions are the same thing, and what it is called in a graph."""

import unicodedata
from urllib.parse import quote


def normalized(surface: str) -> str:
    """A surface as it is compared: NFKC, without case, blanks as one space; the surface itself if nothing is left."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", surface).casefold())
    return " ".join(folded.split()) or surface


def identifier(type_: str, surface: str) -> str:
    """``Type/normalized%20surface``: printable ASCII alone, different for things that differ, equal for equal ones."""
    return f"{segment(type_)}/{segment(normalized(surface))}"


def segment(text: str) -> str:
    """A text as one segment of an IRI, percent-encoded as UTF-8."""
    return quote(text, safe="")
