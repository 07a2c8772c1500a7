"""DocRED and Re-DocRED JSON: a list of documents in which entities have several mentions and relations link entities.

``{"title", "sents": [[token, ...], ...], "vertexSet": [[{"name", "pos": [first, end], "sent_id", "type"}, ...], ...],
"labels": [{"h", "t", "r", "evidence"}]}``: an entity is a list of mentions, ``pos`` counts the tokens of its sentence
with an exclusive end, ``h`` and ``t`` are positions in ``vertexSet``. Such documents can be read whole, or cut to
sentences or to windows of several sentences.

Here entities are mentions. A relation of two entities becomes one of every pair of their mentions that share a
sentence; in a whole document, where no pair does, one of the first mention of each. In windows it becomes one of every
pair of their mentions there, or of the nearest pair alone. Mentions listed twice count once. Which mentions are one
entity, the evidence of relations, and the ``name`` of mentions, which the tokens tell, are not kept.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import chain, product
from pathlib import Path

from gprel.document import Document, Entity, Relation
from gprel.formats.docred_record import Mention, Record, parse_record
from gprel.formats.source import OnError, json_records
from gprel.formats.words import join_words, words_in

WINDOW_WORDS = 100
"""Most words of a window; a sentence that is longer is a window of its own."""

OnCounts = Callable[[Counter[str]], None]
"""Takes numbers of "documents", "sentences", "mentions", "repeated mentions", "triples" (of entities) and "triples in
sentences" (each as often as there are sentences with both entities)."""

_Places = Mapping[Mention, range]  # the words of the mentions that are in a part of a record
_Pairs = Callable[[Sequence[Mention], Sequence[Mention], _Places], Iterable[tuple[Mention, Mention]]]
_Cut = Callable[[Record], Iterator[Document]]


def read_file(path: Path, *, on_error: OnError | None = None, on_counts: OnCounts | None = None) -> Iterator[Document]:
    """Read whole documents: the text is the tokens of all sentences joined by blanks, the id is the title.

    Args:
        path: File to read.
        on_error: Takes the bad records, and reading goes on.
        on_counts: Takes the counts of the whole file, once, after the last document.

    Raises:
        DataError: With file, record and reason, at a bad record if ``on_error`` is ``None``; if the file is empty; at
            once if it is missing.
    """
    return _read(path, _whole, on_error, on_counts)


def read_sentences(
    path: Path, *, on_error: OnError | None = None, on_counts: OnCounts | None = None
) -> Iterator[Document]:
    """Read documents cut to sentences; the id is the title and the number of the sentence, from 1.

    Relations whose entities do not share a sentence are lost in this, which the counts tell.

    Args:
        path: File to read.
        on_error: Takes the bad records, and reading goes on.
        on_counts: Takes the counts of the whole file, once, after the last document.

    Raises:
        DataError: As :func:`read_file`.
    """
    return _read(path, _sentences, on_error, on_counts)


def read_windows(
    path: Path,
    *,
    use_nearest: bool = False,
    with_sentences: bool = False,
    on_error: OnError | None = None,
    on_counts: OnCounts | None = None,
) -> Iterator[Document]:
    """Read documents cut to windows of whole sentences, of at most :data:`WINDOW_WORDS` words.

    A window begins with the last sentence of the one before it, where there is room for that. The id is the title and
    the numbers of the first and the last sentence, from 1.

    Args:
        path: File to read.
        use_nearest: Let a relation link the nearest mentions of its entities alone, not all that share a window.
        with_sentences: Give the sentences of each document as well, before its windows.
        on_error: Takes the bad records, and reading goes on.
        on_counts: Takes the counts of the whole file, once, after the last document.

    Raises:
        DataError: As :func:`read_file`.
    """
    pairs = _nearest if use_nearest else _every
    return _read(path, partial(_windows, pairs=pairs, with_sentences=with_sentences), on_error, on_counts)


def from_record(record: object) -> Document:
    """The whole document of one record; one without ``labels`` has no known relations.

    Raises:
        DataError: If the value is not such a record; the message has the reason alone.
    """
    return next(_whole(parse_record(record)))


def sentences(record: object) -> Iterator[Document]:
    """The sentences of one record.

    Raises:
        DataError: If the value is not such a record; the message has the reason alone.
    """
    return _sentences(parse_record(record))


def _read(path: Path, cut: _Cut, on_error: OnError | None, on_counts: OnCounts | None) -> Iterator[Document]:
    def make(value: object) -> tuple[Counter[str], list[Document]]:
        parsed = parse_record(value)
        return parsed.counts(), list(cut(parsed))

    def documents() -> Iterator[Document]:
        total: Counter[str] = Counter()
        for record in records:
            made = record.made(make, on_error)
            if made is not None:
                total.update(made[0])
                yield from made[1]
        if on_counts is not None:
            on_counts(total)

    records = json_records(path, on_error)
    return documents()


def _whole(record: Record) -> Iterator[Document]:
    yield _document(record, range(len(record.sentences)), record.title, _in_sentences)


def _sentences(record: Record) -> Iterator[Document]:
    for index in range(len(record.sentences)):
        yield _document(record, range(index, index + 1), f"{record.title}:{index + 1}", _in_sentences)


def _windows(record: Record, pairs: _Pairs, with_sentences: bool) -> Iterator[Document]:
    if with_sentences:
        yield from _sentences(record)
    for part in window_parts([len(sentence) for sentence in record.sentences]):
        if len(part) > 1:
            yield _document(record, part, f"{record.title}:{part.start + 1}-{part.stop}", pairs)
        elif not with_sentences:
            yield _document(record, part, f"{record.title}:{part.stop}", pairs)


def window_parts(lengths: Sequence[int]) -> Iterator[range]:
    """The sentences of each window.

    Args:
        lengths: Words of every sentence.
    """
    first, n_sentences = 0, len(lengths)
    while first < n_sentences:
        end = first + 1
        while end < n_sentences and sum(lengths[first : end + 1]) <= WINDOW_WORDS:
            end += 1
        yield range(first, end)
        if end == n_sentences:
            return
        can_overlap = end - first > 1 and lengths[end - 1] + lengths[end] <= WINDOW_WORDS
        first = end - 1 if can_overlap else end


def _document(record: Record, part: range, id_: str, pairs: _Pairs) -> Document:
    """The document of some sentences of a record that follow each other."""
    text, words = join_words(chain.from_iterable(record.sentences[index] for index in part))
    offsets = dict(zip(part, _starts(record, part), strict=True))
    mentions = sorted({mention for entity in record.entities for mention in entity if mention.sentence in part})
    places = {m: range(offsets[m.sentence] + m.start, offsets[m.sentence] + m.end) for m in mentions}
    spans = {mention: words_in(place.start, place.stop, words, "a mention") for mention, place in places.items()}
    entities = tuple(Entity(spans[mention].start, spans[mention].end, mention.type) for mention in mentions)
    position = {mention: index for index, mention in enumerate(mentions)}
    here = [[mention for mention in entity if mention in places] for entity in record.entities]
    linked = dict.fromkeys(
        Relation(relation, position[subject], position[object_])
        for h, relation, t in record.labels or ()
        if here[h] and here[t]
        for subject, object_ in pairs(here[h], here[t], places)
    )
    return Document(text, entities, None if record.labels is None else tuple(linked), id_, words)


def _in_sentences(subjects: Sequence[Mention], objects: Sequence[Mention], _: _Places) -> list[tuple[Mention, Mention]]:
    shared = [(s, o) for s, o in product(subjects, objects) if s.sentence == o.sentence]
    return shared or [(subjects[0], objects[0])]


def _every(subjects: Sequence[Mention], objects: Sequence[Mention], _: _Places) -> Iterable[tuple[Mention, Mention]]:
    return product(subjects, objects)


def _nearest(subjects: Sequence[Mention], objects: Sequence[Mention], places: _Places) -> list[tuple[Mention, Mention]]:
    def gap(pair: tuple[Mention, Mention]) -> int:
        one, other = (places[mention] for mention in pair)
        return max(one.start, other.start) - min(one.stop, other.stop)

    return [min(product(subjects, objects), key=gap)]


def _starts(record: Record, part: range) -> Iterator[int]:
    """The number of tokens before each sentence."""
    n_before = 0
    for index in part:
        yield n_before
        n_before += len(record.sentences[index])
