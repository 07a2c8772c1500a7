"""What dev and test ask for and train never shows."""

from collections.abc import Sequence

from gprel.doctor.findings import Notebook
from gprel.doctor.labels import first_place, label_counts
from gprel.doctor.parts import Part
from gprel.doctor.relations import count_usage


def check_unseen(parts: Sequence[Part], notebook: Notebook) -> None:
    """Note labels, and pairs of types of relations, that occur in other parts but not in train."""
    train = next((part for part in parts if part.name == "train"), None)
    if train is None or not train.documents:
        return
    known = label_counts(train.documents)
    known_usage = count_usage(train.documents)
    for part in parts:
        for what, here, there in zip(("entity type", "relation"), label_counts(part.documents), known, strict=True):
            for label, n in here.items():
                if label not in there:
                    example = f"{what} {label!r}, {n:,} times in {part.name}"
                    notebook.add("not_in_train", first_place([part], label), example)
        for document, place in zip(part.documents, part.places, strict=True):
            for subject, relation, object_ in document.triples():
                if relation in known_usage and (subject.type, object_.type) not in known_usage[relation]:
                    example = (
                        f"{document.surface(subject)!r} {relation} {document.surface(object_)!r}: "
                        f"{subject.type} -> {object_.type}"
                    )
                    notebook.add("types_not_in_train", place, example)
