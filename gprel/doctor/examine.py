"""All checks on all parts of the data, as one report."""

from gprel.doctor.edges import check_edges
from gprel.doctor.findings import Notebook, Place
from gprel.doctor.labels import check_labels, label_counts
from gprel.doctor.mentions import check_mentions
from gprel.doctor.parts import Data, Part
from gprel.doctor.relations import check_relations, count_usage
from gprel.doctor.report import Report
from gprel.doctor.splits import check_repeated_texts
from gprel.doctor.stats import PartStats, part_stats
from gprel.doctor.unseen import check_unseen
from gprel.features import written_in_characters

LONG = 1000  # characters; shorter texts are never called long
TIMES_LONGER = 10


def examine(data: Data, *, encoder: str | None = "minilm", max_tokens: int = 512) -> Report:
    """Look at everything that is known to spoil training.

    Args:
        data: What to look at.
        encoder: Encoder whose tokens and limits count; ``None`` leaves that part out, and nothing heavy is imported.
        max_tokens: Longest window wanted; the encoder's own limit may be less.

    Raises:
        ConfigError: If there is no such encoder.
    """
    notebook = Notebook()
    stats = tuple(part_stats(part.name, part.documents, len(part.bad)) for part in data.parts)
    usage = count_usage(data.documents)
    is_typed = len(label_counts(data.documents)[0]) > 1
    use_words = not written_in_characters(document.text for document in data.documents[:1000])
    for part, numbers in zip(data.parts, stats, strict=True):
        _check_reading(part, notebook)
        for document, place in zip(part.documents, part.places, strict=True):
            _check_length(len(document.text) if document.text.strip() else 0, numbers, place, notebook)
            check_edges(document, place, notebook, use_words=use_words)
            check_mentions(document, place, notebook, is_typed=is_typed)
            check_relations(document, place, notebook, usage)
    check_repeated_texts(data.parts, notebook)
    check_labels(data.parts, notebook)
    check_unseen(data.parts, notebook)
    reach = None
    if encoder is not None:
        from gprel.doctor.reach import measure_reach  # slow imports wait until they are needed

        pairs = [(part.name, part.documents) for part in data.parts]
        reach = measure_reach(pairs, encoder=encoder, rule=data.rule, max_tokens=max_tokens)
    return Report(data.title, stats, notebook.findings(), reach, data.notes)


def _check_reading(part: Part, notebook: Notebook) -> None:
    for bad in part.bad:
        notebook.add("unreadable", Place(bad.source, bad.line, bad.unit), bad.reason)
    if part.failure is not None:
        notebook.add("unreadable", Place(str(part.path)), part.failure)
    for what in ("entities", "relations"):
        known = [getattr(document, what) is not None for document in part.documents]
        if any(known) and not all(known):
            n_unknown = known.count(False)
            example = f'{n_unknown:,} of {len(known):,} documents have no "{what}", this one first'
            notebook.add("partly_annotated", part.places[known.index(False)], example)


def _check_length(n_characters: int, numbers: PartStats, place: Place, notebook: Notebook) -> None:
    usual = numbers.counts.characters.quantile(0.5) or 0
    if not n_characters:
        notebook.add("empty_document", place, "nothing but blanks")
    elif n_characters >= LONG and n_characters > TIMES_LONGER * usual:
        notebook.add("long_document", place, f"{n_characters:,} characters, where the median is {usual:,}")
