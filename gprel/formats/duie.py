"""DuIE: JSON lines (or a list) of Chinese sentences with typed triples of strings.

``{"text", "spo_list": [{"predicate", "subject", "subject_type", "object": {"@value": ..., "inWork": ...},
"object_type": {"@value": type, "inWork": type}}]}``. The string under ``@value`` is the object of ``predicate``; every
further key gives a relation of its own from the same subject, named ``predicate/key``, for example ``票房/inArea``.
That such relations belong together is not kept. In DuIE 1.0 object and type are plain strings.

The strings are looked up in the text, see :mod:`gprel.formats.placing`; the text has no words.
"""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from gprel.document import Document
from gprel.formats.check import as_id, as_list, as_object, as_string, required
from gprel.formats.placing import Alignment, Occurrences, StringTriple, parse_triple, place_triples, read_placed
from gprel.formats.source import OnError

_VALUE = "@value"


def read_file(
    path: Path,
    *,
    on_error: OnError | None = None,
    occurrences: Occurrences = "every",
    on_alignment: Callable[[Alignment], None] | None = None,
) -> Iterator[Document]:
    """Read documents without words.

    Args:
        path: File to read.
        on_error: Takes the bad records, and reading goes on.
        occurrences: Place a triple at every occurrence of its arguments, or at the first one only.
        on_alignment: Takes the counts of the whole file, once, after the last document; a triple with further keys
            counts as several.

    Raises:
        ConfigError: If ``occurrences`` is unknown.
        DataError: With file, line and reason, at a bad record if ``on_error`` is ``None``; if the file is empty; at
            once if it is missing.
    """
    return read_placed(path, _make, on_error=on_error, occurrences=occurrences, on_alignment=on_alignment)


def _make(record: object, occurrences: Occurrences) -> tuple[Document, Alignment, Sequence[str]]:
    return *from_record(record, occurrences), ()


def from_record(record: object, occurrences: Occurrences = "every") -> tuple[Document, Alignment]:
    """The document of one record and how its triples were placed; a record without ``spo_list`` is not annotated.

    Raises:
        DataError: If the value is not such a record; the message has the reason alone.
    """
    fields = as_object(record, "the record")
    text = as_string(required(fields, "text", "the record"), '"text"')
    id_ = as_id(fields.get("id"))
    if fields.get("spo_list") is None:
        return Document(text, id=id_), Alignment()
    triples = [
        triple
        for index, value in enumerate(as_list(fields["spo_list"], '"spo_list"'))
        for triple in _triples(value, f"triple {index}")
    ]
    return place_triples(text, None, triples, occurrences, id_=id_)


def _triples(value: object, what: str) -> Iterator[StringTriple]:
    fields = as_object(value, what)
    subject, predicate, objects, types = (
        required(fields, key, what) for key in ("subject", "predicate", "object", "object_type")
    )
    name = as_string(predicate, f'"predicate" of {what}')
    subject_type = as_string(required(fields, "subject_type", what), f'"subject_type" of {what}')
    if isinstance(objects, str):
        objects, types = {_VALUE: objects}, {_VALUE: types}
    objects, types = as_object(objects, f'"object" of {what}'), as_object(types, f'"object_type" of {what}')
    required(objects, _VALUE, f'"object" of {what}')
    for key, surface in objects.items():
        object_type = as_string(required(types, key, f'"object_type" of {what}'), f'"{key}" in "object_type" of {what}')
        relation = name if key == _VALUE else f"{name}/{key}"
        yield parse_triple((subject, relation, surface), what, (subject_type,), (object_type,))
