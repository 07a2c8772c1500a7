r"""CopyRE, SPN4RE and CoType: JSON lines (or a list) of sentences with entities and relations as strings.

``{"sentText", "articleId", "sentId", "entityMentions": [{"start", "label", "text"}], "relationMentions": [{"em1Text",
"em2Text", "label"}]}``. SPN4RE's files have no ``entityMentions``: then all entities are arguments, of one type.
``start`` counts the mentions of a sentence; it is no offset, so all strings are looked up in the text, see
:mod:`gprel.formats.placing`. A mention's label stands as it is.

CoType lists pairs without a relation, too, under the label ``None``: they are no triples. Line ends at the end of a
sentence are not part of it.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from gprel.document import Document
from gprel.errors import DataError
from gprel.formats.check import as_id, as_int, as_list, as_object, as_string, required
from gprel.formats.placing import (
    ENTITY_TYPE,
    Alignment,
    Argument,
    Occurrences,
    StringTriple,
    blank_separated,
    occurs,
    parse_triple,
    place_triples,
    read_placed,
)
from gprel.formats.source import OnError

_NO_RELATION = "None"


def read_file(
    path: Path,
    *,
    on_error: OnError | None = None,
    on_dropped: OnError | None = None,
    occurrences: Occurrences = "every",
    on_alignment: Callable[[Alignment], None] | None = None,
) -> Iterator[Document]:
    """Read documents whose words are the parts of the text between blanks.

    Args:
        path: File to read.
        on_error: Takes the bad records, and reading goes on.
        on_dropped: Takes the records with an entity that does not occur in the text, which is left out, while the rest
            of the record is kept; ``on_error`` does without it.
        occurrences: Place a triple at every occurrence of its arguments, or at the first one only.
        on_alignment: Takes the counts of the whole file, once, after the last document.

    Raises:
        ConfigError: If ``occurrences`` is unknown.
        DataError: With file, line and reason, at a bad record if nobody takes it; if the file is empty; at once if it
            is missing.
    """
    return read_placed(
        path,
        from_record,
        on_error=on_error,
        on_dropped=on_dropped,
        occurrences=occurrences,
        on_alignment=on_alignment,
    )


def from_record(record: object, occurrences: Occurrences = "every") -> tuple[Document, Alignment, tuple[str, ...]]:
    """The document of one record, how its triples were placed, and the reason for each entity that is left out.

    A record without ``relationMentions`` has no known relations, and one without ``entityMentions``, too, is not
    annotated. An argument that is no mention has the type ``"Entity"``.

    Raises:
        DataError: If the value is not such a record; the message has the reason alone.
    """
    fields = as_object(record, "the record")
    text = as_string(required(fields, "sentText", "the record"), '"sentText"').rstrip("\r\n")
    words = blank_separated(text)
    has_relations = fields.get("relationMentions") is not None
    mentions = _mentions(fields.get("entityMentions"))
    if not has_relations and mentions is None:
        return Document(text, id=_id(fields), words=words), Alignment(), ()
    triples = _triples(fields["relationMentions"], mentions or {}) if has_relations else []
    document, alignment = place_triples(
        text, words, triples, occurrences, mentions=(mentions or {}).values(), id_=_id(fields)
    )
    left_out = tuple(
        f"the entity {surface!r} does not occur in the text and is left out; correct the mention"
        for surface in mentions or {}
        if not occurs(surface, text, words)
    )
    return document if has_relations else replace(document, relations=None), alignment, left_out


def _id(fields: dict[str, Any]) -> str | None:
    # "sentId" counts the sentences of an article, which is named by a path.
    key = "id" if "id" in fields else "sentId"
    id_, article = as_id(fields.get(key), f'"{key}"'), fields.get("articleId")
    if key == "id" or id_ is None or article is None:
        return id_
    name = as_string(article, '"articleId"').rsplit("/", 1)[-1]
    return f"{name}:{id_}"


def _mentions(values: object) -> dict[str, Argument] | None:
    """The mentions by their strings; the labels of a repeated one stand in the order of ``start``."""
    if values is None:
        return None
    listed = []
    for index, value in enumerate(as_list(values, '"entityMentions"')):
        what = f"entity {index}"
        fields = as_object(value, what)
        surface, label = (as_string(required(fields, key, what), f'"{key}" of {what}') for key in ("text", "label"))
        for name, part in (("text", surface), ("label", label)):
            if not part.strip():
                raise DataError(f'the "{name}" of {what} is empty; remove the entity or name it')
        listed.append((as_int(fields.get("start", index), f'"start" of {what}'), surface, label))
    mentions: dict[str, Argument] = {}
    for _, surface, label in sorted(listed, key=lambda mention: mention[0]):
        before = mentions[surface].types if surface in mentions else ()
        mentions[surface] = Argument(surface, (*before, label))
    return mentions


def _triples(values: object, mentions: dict[str, Argument]) -> list[StringTriple]:
    triples = []
    for index, value in enumerate(as_list(values, '"relationMentions"')):
        what = f"relation {index}"
        fields = as_object(value, what)
        subject, label, object_ = (required(fields, key, what) for key in ("em1Text", "label", "em2Text"))
        if label == _NO_RELATION:
            continue
        types = [
            mentions[part].types if isinstance(part, str) and part in mentions else (ENTITY_TYPE,)
            for part in (subject, object_)
        ]
        triples.append(parse_triple((subject, label, object_), what, *types))
    return triples
