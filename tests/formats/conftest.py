"""A small valid record in every format, to be taken apart."""

import gc
from collections.abc import Callable, Iterator
from typing import Any

import pytest

Record = dict[str, Any]
MakeRecord = Callable[[str], Record]
WORDS = ("met", "Bob", "in", "Rome", ".")
"""Behind a name of eight letters, so that the second person is at 13..16 and the place at 20..24."""


def _jsonl(name: str) -> Record:
    return {
        "id": name,
        "text": " ".join((name, *WORDS)),
        "entities": [
            {"start": 0, "end": 8, "type": "Peop", "score": 1.5},
            {"start": 13, "end": 16, "type": "Peop"},
            {"start": 20, "end": 24, "type": "Loc"},
        ],
        "relations": [
            {"type": "met", "subject": 0, "object": 1, "score": 0.5},
            {"type": "in", "subject": 1, "object": 2},
        ],
        "words": [[0, 8], [9, 12]],
        "unplaced": [["Zoé", "met", "Bob"]],
        "arguments_only": True,
    }


def _tokens(name: str) -> Record:
    return {
        "tokens": [name, *WORDS],
        "entities": [{"type": "Peop", "start": 0, "end": 1, "score": 2.5}, {"type": "Loc", "start": 4, "end": 5}],
        "relations": [{"type": "in", "head": 0, "tail": 1}],
        "orig_id": 17,
    }


def _table_sequence(name: str) -> Record:
    return {
        "tokens": [name, *WORDS],
        "entities": [[0, 1, "Peop"], [4, 5, "Loc"]],
        "relations": [[0, 1, 4, 5, "in"]],
    }


def _dygie(name: str) -> Record:
    return {
        "doc_key": name,
        "sentences": [[name, *WORDS], ["She", "left", "."]],
        "ner": [[[0, 0, "Peop", 2.5, 0.9], [4, 4, "Loc"]], [[6, 6, "Peop"]]],
        "relations": [[[0, 0, 4, 4, "in"]], []],
        "clusters": [[[0, 0], [6, 6]]],
    }


def _genia(name: str) -> Record:
    return {"sentence": [name, *WORDS], "ner": [{"index": [0], "type": "Peop"}, {"index": [2, 3, 4], "type": "X"}]}


def _triples(name: str) -> Record:
    return {"text": " ".join((name, *WORDS)), "triple_list": [[name, "met", "Bob"], ["Bob", "in", "Oslo"]]}


def _copyre(name: str) -> Record:
    return {
        "sentText": " ".join((name, *WORDS)) + "\r\n",
        "articleId": "/a/b.xml",
        "sentId": "1",
        "entityMentions": [{"start": 0, "label": "Peop", "text": name}, {"start": 1, "label": "Loc", "text": "Rome"}],
        "relationMentions": [
            {"em1Text": name, "em2Text": "Rome", "label": "in"},
            {"em1Text": name, "em2Text": "Bob", "label": "None"},
        ],
    }


def _tplinker(name: str) -> Record:
    relation = {"subject": name, "object": "Rome", "predicate": "in"}
    entity = {"text": name, "type": "Peop"}
    return {
        "id": 3,
        "text": " ".join((name, *WORDS)),
        "relation_list": [relation | {"subj_char_span": [0, 8], "obj_char_span": [20, 24]}],
        "entity_list": [entity | {"char_span": [0, 8]}],
    }


def _tplinker_strings(name: str) -> Record:
    record = _tplinker(name)
    return record | {
        "relation_list": [{key: record["relation_list"][0][key] for key in ("subject", "object", "predicate")}],
        "entity_list": [{key: record["entity_list"][0][key] for key in ("text", "type")}],
    }


def _docred(name: str) -> Record:
    def mention(text: str, sentence: int, first: int, type_: str) -> Record:
        return {"name": text, "pos": [first, first + 1], "sent_id": sentence, "type": type_}

    return {
        "title": name,
        "sents": [[name, *WORDS]],
        "vertexSet": [[mention(name, 0, 0, "PER")], [mention("Rome", 0, 4, "LOC")]],
        "labels": [{"h": 0, "t": 1, "r": "P1", "evidence": [0]}],
    }


def _duie(name: str) -> Record:
    triple = {"predicate": "票房", "subject": name, "subject_type": "人", "object": {"@value": "Rome", "inArea": "Bob"}}
    return {
        "text": " ".join((name, *WORDS)),
        "spo_list": [triple | {"object_type": {"@value": "Number", "inArea": "地点"}}],
    }


def _cmeee(name: str) -> Record:
    return {
        "text": " ".join((name, *WORDS)),
        "entities": [
            {"start_idx": 0, "end_idx": 7, "type": "bod", "entity": name},
            {"start_idx": 13, "end_idx": 15, "type": "dis", "entity": "Bob"},
        ],
    }


def _cluener(name: str) -> Record:
    return {"text": " ".join((name, *WORDS)), "label": {"name": {name: [[0, 7]], "Bob": [[13, 15]]}, "address": {}}}


def _doccano(name: str) -> Record:
    return {
        "id": 7,
        "text": " ".join((name, *WORDS)),
        "entities": [
            {"id": 1, "label": "Peop", "start_offset": 0, "end_offset": 8},
            {"id": 2, "label": "Loc", "start_offset": 20, "end_offset": 24},
        ],
        "relations": [{"id": 1, "from_id": 1, "to_id": 2, "type": "in"}],
        "Comments": [],
    }


def _doccano_labels(name: str) -> Record:
    return {"id": 7, "data": " ".join((name, *WORDS)), "label": [[0, 8, "Peop"], [20, 24, "Loc"]]}


def _labelstudio(name: str) -> Record:
    def region(id_: str, start: int, end: int, text: str, label: str) -> Record:
        value = {"start": start, "end": end, "text": text, "labels": [label]}
        return {"id": id_, "type": "labels", "from_name": "label", "to_name": "text", "value": value}

    relation = {"type": "relation", "from_id": "a", "to_id": "b", "direction": "right", "labels": ["in"]}
    result = [region("a", 0, 8, name, "Peop"), region("b", 20, 24, "Rome", "Loc"), relation]
    return {
        "id": 5,
        "data": {"text": " ".join((name, *WORDS))},
        "annotations": [{"result": result, "was_cancelled": False, "ground_truth": False}],
    }


_RECORDS: dict[str, list[MakeRecord]] = {
    "jsonl": [_jsonl],
    "tokens": [_tokens],
    "table_sequence": [_table_sequence],
    "dygie": [_dygie],
    "genia": [_genia],
    "triples": [_triples],
    "copyre": [_copyre],
    "tplinker": [_tplinker, _tplinker_strings],
    "docred": [_docred],
    "docred_sentences": [_docred],
    "duie": [_duie],
    "cmeee": [_cmeee],
    "cluener": [_cluener],
    "doccano": [_doccano, _doccano_labels],
    "labelstudio": [_labelstudio],
}


@pytest.fixture(scope="session")
def json_samples() -> dict[str, list[MakeRecord]]:
    """For every JSON format, functions that make a valid record of one document about somebody with this name."""
    return _RECORDS


@pytest.fixture(autouse=True)
def _no_collection_in_deep_recursion() -> Iterator[None]:
    """Records that are nested too deep leave no room to collect what earlier tests in this process left behind."""
    gc.disable()
    yield
    gc.enable()
