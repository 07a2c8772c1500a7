"""Records of DocRED JSON, checked: sentences of tokens, entities of mentions, labels between entities."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Any

from gprel.errors import DataError
from gprel.formats.check import as_int, as_list, as_object, as_string, required
from gprel.formats.words import parse_words


@dataclass(frozen=True, slots=True, order=True)
class Mention:
    """A mention, with positions in the tokens of its sentence."""

    sentence: int
    start: int
    end: int
    type: str


@dataclass(frozen=True, slots=True)
class Record:
    """A checked record; mentions in text order, each once; labels as (subject, relation, object)."""

    title: str
    sentences: list[list[str]]
    entities: list[list[Mention]]
    labels: list[tuple[int, str, int]] | None
    n_mentions: int

    def counts(self) -> Counter[str]:
        """What there is of it, by the names that :mod:`gprel.formats.docred` tells."""
        triples = set(self.labels or ())
        shared = (
            len({mention.sentence for mention in self.entities[h]} & {mention.sentence for mention in self.entities[t]})
            for h, _, t in triples
        )
        n_distinct = len(set(chain.from_iterable(self.entities)))
        return Counter(
            {
                "documents": 1,
                "sentences": len(self.sentences),
                "mentions": self.n_mentions,
                "repeated mentions": self.n_mentions - n_distinct,
                "triples": len(triples),
                "triples in sentences": sum(shared),
            }
        )


def parse_record(record: object) -> Record:
    """Check a record.

    Raises:
        DataError: If it is not as it should be; the message has the reason alone.
    """
    fields = as_object(record, "the record")
    title = as_string(required(fields, "title", "the record"), '"title"')
    listed = as_list(required(fields, "sents", "the record"), '"sents"')
    sentences = [parse_words(value, f"sentence {index}") for index, value in enumerate(listed)]
    entities = [
        [_mention(mention, f"mention {n} of entity {index}", sentences) for n, mention in enumerate(mentions)]
        for index, mentions in enumerate(_non_empty(required(fields, "vertexSet", "the record")))
    ]
    n_mentions = sum(map(len, entities))
    labels = None
    if fields.get("labels") is not None:
        labels = [
            _label(value, f"label {index}", len(entities))
            for index, value in enumerate(as_list(fields["labels"], '"labels"'))
        ]
    return Record(title, sentences, [sorted(set(mentions)) for mentions in entities], labels, n_mentions)


def _non_empty(values: object) -> Iterator[list[object]]:
    for index, value in enumerate(as_list(values, '"vertexSet"')):
        mentions = as_list(value, f"entity {index}")
        if not mentions:
            raise DataError(f"entity {index} has no mentions, expected at least one; remove it and renumber the labels")
        yield mentions


def _mention(value: object, what: str, sentences: list[list[str]]) -> Mention:
    fields = as_object(value, what)
    sentence = as_int(required(fields, "sent_id", what), f'"sent_id" of {what}')
    if not 0 <= sentence < len(sentences):
        raise DataError(f"{what} is in sentence {sentence} but there are {len(sentences)}; they are counted from 0")
    values = as_list(required(fields, "pos", what), f'"pos" of {what}', 2)
    start, end = (as_int(position, f'a position in "pos" of {what}') for position in values)
    if not 0 <= start < end <= len(sentences[sentence]):
        raise DataError(
            f"{what} has token positions {start}..{end} but sentence {sentence} has {len(sentences[sentence])} tokens; "
            "positions are half-open with 0 <= start < end <= tokens"
        )
    return Mention(sentence, start, end, _name(fields, "type", what))


def _name(fields: dict[str, Any], key: str, what: str) -> str:
    name = as_string(required(fields, key, what), f'"{key}" of {what}')
    if not name:
        raise DataError(f'"{key}" of {what} is empty; name it')
    return name


def _label(value: object, what: str, n_entities: int) -> tuple[int, str, int]:
    fields = as_object(value, what)
    subject, object_ = (as_int(required(fields, key, what), f'"{key}" of {what}') for key in ("h", "t"))
    for key, argument in (("h", subject), ("t", object_)):
        if not 0 <= argument < n_entities:
            raise DataError(
                f'"{key}" of {what} is {argument} but there are {n_entities} entities; it is a position in "vertexSet"'
            )
    return subject, _name(fields, "r", what), object_
