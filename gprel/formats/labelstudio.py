"""Label Studio JSON: a list of tasks with their annotations, as the tool exports and imports them.

``{"id", "data": {"text"}, "annotations": [{"result": [REGION or RELATION, ...]}]}`` where a region is ``{"id", "type":
"labels", "from_name", "to_name", "value": {"start", "end", "text", "labels": [...]}}`` and a relation is ``{"type":
"relation", "from_id", "to_id", "direction", "labels": [...]}``.

Offsets are code points. Versions up to 2021 counted UTF-16 code units, in which an emoji is two; where the regions'
own ``text`` fits only those, they are taken as such. Predictions, drafts and annotations that were cancelled are no
annotation and are passed over.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gprel.document import Document, Entity, Relation
from gprel.errors import DataError
from gprel.formats.check import as_id, as_int, as_list, as_object, as_string, required
from gprel.formats.omitted import count_omitted
from gprel.formats.partly import read_partly
from gprel.formats.sink import write_json_list
from gprel.formats.source import OnError


def read_file(path: Path, *, on_error: OnError | None = None) -> Iterator[Document]:
    """Read the tasks of an export; one that nobody annotated has unknown entities and relations.

    Where several people annotated a task, the annotation marked as ground truth is taken, or the first one. Further
    annotations, and results that are neither entities nor relations (choices, free texts, ratings), go to ``on_error``
    with the task; its document is kept.

    Args:
        path: The export, one JSON list; one task a line is read as well.
        on_error: Takes the bad tasks and what was left out of good ones.

    Raises:
        DataError: With file, record and reason, at the first of these if ``on_error`` is ``None``; at once if the file
            is missing or empty.
    """

    def make(record: object) -> tuple[Document, list[str]]:
        left_out: list[str] = []
        return from_record(record, left_out.append), left_out

    return read_partly(path, make, on_error)


def from_record(record: object, remark: Callable[[str], None]) -> Document:
    """The document of one task.

    Args:
        record: The parsed task.
        remark: Takes a sentence for each thing that is left out of the document.

    Raises:
        DataError: If the value is not such a task; the message has the reason alone.
    """
    fields = as_object(record, "the task")
    data = as_object(required(fields, "data", "the task"), '"data"')
    id_ = as_id(fields.get("id"))
    listed = fields.get("annotations")
    if listed is None:
        listed = fields.get("completions")  # their name before version 1.0
    annotation = _choose([] if listed is None else as_list(listed, '"annotations"'), remark)
    if annotation is None:
        return Document(_text(data, set()), id=id_)
    results = [
        as_object(value, f"result {index}")
        for index, value in enumerate(as_list(required(annotation, "result", "the annotation"), '"result"'))
    ]
    regions = [_region(result, f"result {index}") for index, result in enumerate(results) if _is_region(result, index)]
    text = _text(data, {region.to_name for region in regions if region.to_name is not None})
    for kind, n in Counter(str(result.get("type")) for result in results).items():
        if kind not in ("labels", "relation"):
            remark(f"{n} results of type {kind!r} are left out; only labels and relations can be held")
    entities, positions = _entities(text, regions)
    return Document(text, entities, _relations(results, positions), id=id_)


def _choose(annotations: list[Any], remark: Callable[[str], None]) -> dict[str, Any] | None:
    """The annotation to take, if any."""
    objects = [as_object(value, f"annotation {index}") for index, value in enumerate(annotations)]
    valid = [annotation for annotation in objects if annotation.get("was_cancelled") is not True]
    if len(valid) > 1:
        remark(
            f"{len(valid) - 1} further annotations of this task are left out, because a document holds one; "
            "mark the one to take as ground truth"
        )
    return next((annotation for annotation in valid if annotation.get("ground_truth") is True), next(iter(valid), None))


def _text(data: dict[str, Any], to_names: set[str]) -> str:
    """The field that was annotated: the one that the regions name, ``text``, or the only string."""
    if len(to_names) > 1:
        names = ", ".join(map(repr, sorted(to_names)))
        raise DataError(f"the regions belong to several texts ({names}), expected one; export one text a task")
    named = [name for name in (*to_names, "text") if name in data][:1]
    strings = named or [name for name, value in data.items() if isinstance(value, str)]
    if len(strings) != 1:
        found = ", ".join(map(repr, strings)) or "none"
        raise DataError(f'"data" has the strings {found}, expected one that is the text; call the field "text"')
    return as_string(data[strings[0]], f'"{strings[0]}" in "data"')


@dataclass(frozen=True, slots=True)
class _Region:
    """A labeled stretch of text as the tool gives it; ``text`` is the check on the offsets, where there is one."""

    id: str
    start: int
    end: int
    labels: tuple[str, ...]
    text: str | None
    to_name: str | None


def _is_region(result: dict[str, Any], index: int) -> bool:
    kind = as_string(required(result, "type", f"result {index}"), f'"type" of result {index}')
    if kind.endswith("labels") and kind != "labels":
        raise DataError(f"result {index} has type {kind!r}, expected 'labels'; only labels of plain text can be read")
    return kind == "labels"


def _region(result: dict[str, Any], what: str) -> _Region:
    value = as_object(required(result, "value", what), f'"value" of {what}')
    labels = as_list(required(value, "labels", f'"value" of {what}'), f'"labels" of {what}')
    if not labels:
        raise DataError(f"{what} is a region without a label; label or delete it")
    start, end = (as_int(required(value, key, f'"value" of {what}'), f'"{key}" of {what}') for key in ("start", "end"))
    surface, to_name = value.get("text"), result.get("to_name")
    return _Region(
        as_string(required(result, "id", what), f'"id" of {what}'),
        start,
        end,
        tuple(as_string(label, f"a label of {what}") for label in labels),
        None if surface is None else as_string(surface, f'"text" of {what}'),
        None if to_name is None else as_string(to_name, f'"to_name" of {what}'),
    )


def _entities(text: str, regions: list[_Region]) -> tuple[tuple[Entity, ...], dict[str, list[int]]]:
    """An entity for every label of every region, and the positions of a region's entities by its id."""
    entities: list[Entity] = []
    positions: dict[str, list[int]] = {}
    for region, (start, end) in zip(regions, _offsets(text, regions), strict=True):
        for label in region.labels:
            positions.setdefault(region.id, []).append(len(entities))
            entities.append(Entity(start, end, label))
    return tuple(entities), positions


def _offsets(text: str, regions: list[_Region]) -> list[tuple[int, int]]:
    """The regions in code points, whatever they are counted in."""
    given = [(region.start, region.end) for region in regions]
    candidates = [given]
    if not text.isascii() and max(text) > "\uffff":
        # Position in the text by UTF-16 offset; an offset inside a character belongs to none.
        inside = -1
        points = [at for i, char in enumerate(text) for at in ((i, inside) if char > "\uffff" else (i,))] + [len(text)]
        units = [tuple(points[at] if 0 <= at < len(points) else inside for at in span) for span in given]
        candidates.append([(start, end) for start, end in units])
    checks = [(index, region.text) for index, region in enumerate(regions) if region.text]
    for fold in (str, _fold):
        for spans in candidates:
            if all(fold(_slice(text, spans[index])) == fold(surface) for index, surface in checks):
                return spans
    index, surface = next((i, s) for i, s in checks if _fold(_slice(text, given[i])) != _fold(s))
    start, end = given[index]
    raise DataError(
        f"region {regions[index].id!r} says {surface!r} is at {start}..{end}, where the text has "
        f"{_slice(text, given[index])!r}; the text was changed after it was annotated, or the offsets are wrong"
    )


def _slice(text: str, span: tuple[int, int]) -> str:
    """The surface, empty if an offset is negative: nothing counts from the end here."""
    return text[span[0] : span[1]] if min(span) >= 0 else ""


def _fold(surface: str) -> str:
    # The tool writes a line end inside a region as a backslash and an n, and browsers fold blanks.
    return re.sub(r"(?:\s|\\n)+", " ", surface)


def _relations(results: list[dict[str, Any]], positions: dict[str, list[int]]) -> tuple[Relation, ...]:
    """The relations; one of a region with several labels holds for each of its entities."""
    relations = []
    for index, result in enumerate(results):
        if result["type"] != "relation":
            continue
        what = f"result {index}"
        ids = [as_string(required(result, key, what), f'"{key}" of {what}') for key in ("from_id", "to_id")]
        for id_ in ids:
            if id_ not in positions:
                raise DataError(f"{what} is a relation of the region {id_!r}, which the annotation does not have")
        direction = result.get("direction", "right")
        if direction not in ("right", "left", "bi"):
            raise DataError(f'"direction" of {what} is {direction!r}, expected one of: right, left, bi')
        labels = as_list(result.get("labels") or [], f'"labels" of {what}')
        if not labels:
            raise DataError(f"{what} is a relation from {ids[0]!r} to {ids[1]!r} without a label; label or delete it")
        ways = {"right": [ids], "left": [ids[::-1]], "bi": [ids, ids[::-1]]}[direction]
        relations += [
            Relation(as_string(label, f"a label of {what}"), subject, object_)
            for label in labels
            for from_, to in ways
            for subject in positions[from_]
            for object_ in positions[to]
        ]
    return tuple(relations)


def write_file(documents: Iterable[Document], path: Path) -> Counter[str]:
    """Write tasks for import into a project whose labels are called ``label`` and whose text is called ``text``.

    Offsets are code points. The tool keeps one relation between two regions, so the types of a pair become the labels
    of one relation, whatever stood between them; the order of relations is not kept.

    Returns:
        What was left out or changed, see :class:`gprel.formats.format.Writer`. A document without id has its position
        as id when the file is read.

    Raises:
        DataError: If there is something at this path already.
    """
    omitted: Counter[str] = Counter()
    write_json_list((_to_record(document, omitted) for document in documents), path)
    return omitted


def _to_record(document: Document, omitted: Counter[str]) -> dict[str, Any]:
    by_pair: dict[tuple[int, int], list[str]] = {}
    for relation in document.relations or ():
        by_pair.setdefault((relation.subject, relation.object), []).append(relation.type)
    omitted.update(count_omitted(document))
    omitted += Counter({"ids": int(document.id is None)})
    result = [_to_region(document, index) for index in range(len(document.entities or ()))] + [
        {"type": "relation", "from_id": f"e{subject}", "to_id": f"e{object_}", "direction": "right", "labels": types}
        for (subject, object_), types in by_pair.items()
    ]
    is_known = document.entities is not None or document.relations is not None
    return {
        **({} if document.id is None else {"id": document.id}),
        "data": {"text": document.text},
        "annotations": [{"result": result}] if is_known else [],
    }


def _to_region(document: Document, index: int) -> dict[str, Any]:
    assert document.entities is not None
    entity = document.entities[index]
    value = {"start": entity.start, "end": entity.end, "text": document.surface(entity), "labels": [entity.type]}
    return {"id": f"e{index}", "type": "labels", "from_name": "label", "to_name": "text", "value": value}
