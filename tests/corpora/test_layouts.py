"""The same sentences in the layouts of other public distributions give the same corpus."""

import json
from pathlib import Path
from typing import Any

import pytest

from gprel.corpora import load
from gprel.document import Document
from gprel.errors import DataError
from gprel.formats.source import BadLine

TOKENS = [
    {
        "tokens": ["Ada", "Byron", "lived", "in", "New", "Oslo", "."],
        "entities": [{"type": "Peop", "start": 0, "end": 2}, {"type": "Loc", "start": 4, "end": 6}],
        "relations": [{"type": "Live_In", "head": 0, "tail": 1}],
    },
    {"tokens": ["Rain", "."], "entities": [], "relations": []},
]
TABLES = [
    {
        "tokens": TOKENS[0]["tokens"],
        "entities": [[0, 2, "Peop"], [4, 6, "Loc"]],
        "relations": [[0, 2, 4, 6, "Live_In"]],
    },
    {"tokens": TOKENS[1]["tokens"], "entities": [], "relations": []},
]
DOCUMENTS = [  # ends are inclusive
    {
        "doc_key": "1",
        "sentences": [TOKENS[0]["tokens"]],
        "ner": [[[0, 1, "Peop"], [4, 5, "Loc"]]],
        "relations": [[[0, 1, 4, 5, "Live_In"]]],
    },
    {"doc_key": "2", "sentences": [TOKENS[1]["tokens"]], "ner": [[]], "relations": [[]]},
]
TEXT = "Ada Byron , Bob Lee and Ada Byron 's sister lived in New Oslo"
TRIPLES = [
    {"text": TEXT, "triple_list": [["Ada Byron", "/live", "New Oslo"], ["New Oslo", "/home", "Bob Lee"]]},
    {"text": "It rained on Ada Byron", "triple_list": []},
]
COPYRE = [
    {
        "sentText": TRIPLES[0]["text"],
        "sentId": "1",
        "relationMentions": [
            {"em1Text": "Ada Byron", "em2Text": "New Oslo", "label": "/live"},
            {"em1Text": "New Oslo", "em2Text": "Bob Lee", "label": "/home"},
        ],
    },
    {"sentText": TRIPLES[1]["text"], "sentId": "2", "relationMentions": []},
]


def tplinker(offsets: bool) -> list[dict[str, Any]]:
    """The triples in TPLinker's form, before or after it adds offsets."""
    relations: list[dict[str, Any]] = [
        {"subject": "Ada Byron", "predicate": "/live", "object": "New Oslo"},
        {"subject": "New Oslo", "predicate": "/home", "object": "Bob Lee"},
    ]
    home = [TEXT.index("New Oslo"), len(TEXT)]
    if offsets:
        spans = [([0, 9], home), ([TEXT.rindex("Ada"), TEXT.rindex("Ada") + 9], home), (home, [12, 19])]
        relations = [
            relation | {"subj_char_span": subject, "obj_char_span": object_}
            for relation, (subject, object_) in zip([relations[0], *relations], spans, strict=True)
        ]
    return [
        {"id": "1", "text": TEXT, "relation_list": relations},
        {"id": "2", "text": TRIPLES[1]["text"], "relation_list": []},
    ]


def write(path: Path, records: list[dict[str, Any]], is_lines: bool) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = "".join(json.dumps(record) + "\n" for record in records)
    path.write_text(lines if is_lines else json.dumps(records), encoding="utf-8")


def facts(documents: list[Document]) -> list[tuple[object, ...]]:
    """All that is annotated, without the order and the names that a layout gives."""
    return [
        (
            document.text,
            sorted((entity.start, entity.end) for entity in document.entities or ()),
            sorted(((s.start, s.end), name, (o.start, o.end)) for s, name, o in document.triples()),
            document.words,
        )
        for document in documents
    ]


@pytest.mark.parametrize("is_lines", [False, True])
@pytest.mark.parametrize(
    ("file", "format_", "records"),
    [
        ("CONLL04/test_triples.json", "tokens", TOKENS),
        ("conll04/conll04_test.json", "tokens", TOKENS),
        ("conll04/test.CoNLL04.json", "table_sequence", TABLES),
        ("conll04/test.jsonl", "dygie", DOCUMENTS),
    ],
)
def test_conll04(tmp_path: Path, file: str, format_: str, records: list[dict[str, Any]], is_lines: bool) -> None:
    write(tmp_path / "own/conll04/test_triples.json", TOKENS, is_lines=False)
    wanted = load("conll04", splits=["test"], data_dir=tmp_path / "own").split("test")
    write(tmp_path / file, records, is_lines)
    corpus = load("conll04", splits=["test"], data_dir=tmp_path)
    assert facts(corpus.split("test")) == facts(wanted)
    types = [[entity.type for entity in document.entities or ()] for document in corpus.split("test")]
    assert types == [["Peop", "Loc"], []]
    path = tmp_path / file
    assert corpus.notes[0] == f"test: conll04/test_triples.json is not there; {path} was read as {format_}"
    assert "has 2 sentences, its card says 288" in corpus.notes[1]


@pytest.mark.parametrize("is_lines", [False, True])
@pytest.mark.parametrize(
    ("file", "format_", "records"),
    [
        ("nyt/exact/test.json", "triples", TRIPLES),
        ("nyt/raw_test.json", "copyre", COPYRE),
        ("nyt/test_data.json", "tplinker", tplinker(offsets=False)),
        ("nyt/test_data.json", "tplinker", tplinker(offsets=True)),
    ],
)
def test_nyt(tmp_path: Path, file: str, format_: str, records: list[dict[str, Any]], is_lines: bool) -> None:
    write(tmp_path / "own/nyt/exact/test_triples.json", TRIPLES, is_lines=False)
    wanted = load("nyt", variant="exact", splits=["test"], data_dir=tmp_path / "own").split("test")
    write(tmp_path / file, records, is_lines)
    corpus = load("nyt", variant="exact", splits=["test"], data_dir=tmp_path)
    assert facts(corpus.split("test")) == facts(wanted)
    assert len(corpus.split("test")[0].relations or ()) == 3
    assert corpus.notes[0].endswith(f"{tmp_path / file} was read as {format_}")


@pytest.mark.parametrize(("file", "records"), [("nyt/raw_test.json", COPYRE), ("nyt/test_data.json", tplinker(False))])
def test_the_first_occurrences_alone(tmp_path: Path, file: str, records: list[dict[str, Any]]) -> None:
    write(tmp_path / file, records, is_lines=True)
    corpus = load("nyt", variant="exact", splits=["test"], data_dir=tmp_path, occurrences="first")
    assert len(corpus.split("test")[0].relations or ()) == 2
    assert any("1 of 2 triples have an argument that occurs more than once: only the first" in n for n in corpus.notes)


def test_the_path_of_the_card_comes_first(tmp_path: Path) -> None:
    write(tmp_path / "nyt/exact/test_triples.json", TRIPLES[1:], is_lines=False)
    write(tmp_path / "nyt/raw_test.json", COPYRE, is_lines=True)
    corpus = load("nyt", variant="exact", splits=["test"], data_dir=tmp_path)
    assert len(corpus.split("test")) == 1
    assert not any("was read as" in note for note in corpus.notes)


def docred(tmp_path: Path, file: str) -> Path:
    ada = {"name": "Ada", "pos": [0, 1], "sent_id": 0, "type": "PER"}
    oslo = {"name": "Oslo", "pos": [2, 3], "sent_id": 0, "type": "LOC"}
    mentions = [[ada, ada | {"name": "She", "sent_id": 1}], [oslo]]
    sentences = [["Ada", "likes", "Oslo"], ["She", "left"]]
    labels = [{"h": 0, "t": 1, "r": "P1", "evidence": [0]}]
    record = {"title": "Ada", "sents": sentences, "vertexSet": mentions, "labels": labels}
    write(tmp_path / file, [record], is_lines=False)
    return tmp_path


@pytest.mark.parametrize("file", ["redocred/test_revised.json", "Re-DocRED/data/test_revised.json"])
def test_redocred_whole_and_in_sentences(tmp_path: Path, file: str) -> None:
    docred(tmp_path, file)
    corpus = load("redocred", splits=["test"], data_dir=tmp_path)
    assert corpus.title == "Re-DocRED (sentences)"
    assert [document.text for document in corpus.split("test")] == ["Ada likes Oslo", "She left"]
    assert [len(document.relations or ()) for document in corpus.split("test")] == [1, 0]
    whole = load("redocred", splits=["test"], variant="documents", data_dir=tmp_path)
    assert [document.text for document in whole.split("test")] == ["Ada likes Oslo She left"]
    for notes in (corpus.notes, whole.notes):
        for count in ("1 documents", "2 sentences", "3 mentions", "1 triples", "1 triples in sentences"):
            assert any(f" has {count}, its card says " in note for note in notes), count


def test_ade_without_overlapping_entities(tmp_path: Path) -> None:
    flat = {"type": "Drug", "start": 0, "end": 2}
    records = [
        {"tokens": ["a", str(n)], "entities": [flat, flat | {"end": 1}] if n < 3 else [flat], "relations": []}
        for n in range(23)
    ]
    write(tmp_path / "ade_split_0_train.json", records, is_lines=False)
    corpus = load("ade", variant="flat", splits=["train", "dev"], data_dir=tmp_path)
    assert corpus.title == "ADE (flat, fold 0 of 10)"
    assert len(corpus.split("train")) + len(corpus.split("dev")) == 20
    assert "train: 3 of 23 sentences have overlapping entities and are left out" in corpus.notes
    assert corpus.notes[-1].startswith("dev is held out: 2 of the fold's 20 training sentences")
    every = load("ade", splits=["train", "dev"], data_dir=tmp_path)
    assert len(every.split("train")) + len(every.split("dev")) == 23


def duie(n: int) -> dict[str, Any]:
    spo = {"subject": "小城", "predicate": "在", "object": {"@value": "大山"}, "object_type": {"@value": "山"}}
    return {"text": f"小城在大山{n}", "spo_list": [spo | {"subject_type": "城"}]}


def test_duie_holds_out_a_dev_split_where_there_is_none(tmp_path: Path) -> None:
    write(tmp_path / "duie/train_data_5000.json", [duie(n) for n in range(20)], is_lines=True)
    corpus = load("duie", data_dir=tmp_path)
    assert (len(corpus.split("train")), len(corpus.split("dev")), corpus.test) == (18, 2, None)
    assert corpus.title == "DuIE 2.0 (part)"
    assert corpus.notes[0].startswith("part: ")
    assert corpus.notes[-1].startswith("dev is held out: 2 of the file's 20 training sentences")
    assert load("duie", data_dir=tmp_path, splits=["dev"]).dev == corpus.dev
    write(tmp_path / "DuIE2.0/duie_dev.json", [duie(99)], is_lines=True)
    corpus = load("duie", data_dir=tmp_path)
    assert (len(corpus.split("train")), len(corpus.split("dev"))) == (20, 1)
    assert not any("held out" in note for note in corpus.notes)


def test_cmeee_says_what_is_left_out(tmp_path: Path) -> None:
    empty = {"start_idx": 1, "end_idx": 0, "type": "bod", "entity": ""}
    write(tmp_path / "cmeee/CMeEE_dev.json", [{"text": "小城", "entities": [empty]}], is_lines=False)
    corpus = load("cmeee", splits=["dev"], data_dir=tmp_path)
    assert corpus.split("dev") == [Document("小城", (), id="1")]
    said = f"dev: a part of 1 record is left out, first {tmp_path / 'cmeee/CMeEE_dev.json'}, record 1: entity 0 ('bod')"
    assert corpus.notes[-1].startswith(said)


def test_genia_says_that_train_is_rebuilt(tmp_path: Path) -> None:
    record = {"sentence": ["Ada", "gene"], "ner": [{"index": [0], "type": "protein"}, {"index": [0, 1], "type": "DNA"}]}
    write(tmp_path / "genia/test.json", [record], is_lines=False)
    corpus = load("genia", splits=["test"], data_dir=tmp_path)
    assert corpus.notes[0].startswith("train rebuilt: ")
    assert [(e.start, e.end) for e in corpus.split("test")[0].entities or ()] == [(0, 3), (0, 8)]


def test_a_bad_record_in_another_layout_has_its_own_place(tmp_path: Path) -> None:
    write(tmp_path / "conll04/conll04_test.json", [*TOKENS, {"tokens": "Ada"}], is_lines=True)
    bad = BadLine(str(tmp_path / "conll04/conll04_test.json"), 3, "", "")
    with pytest.raises(DataError) as error:
        load("conll04", splits=["test"], data_dir=tmp_path)
    assert str(error.value).startswith(str(bad))
