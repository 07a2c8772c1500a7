"""Prediction heads: one method per file behind one protocol, found by name."""

from collections.abc import Callable

from gprel.heads.bert_crf import BertCRF
from gprel.heads.casrel import CasRel
from gprel.heads.global_pointer import GlobalPointer
from gprel.heads.gplinker import GPLinker
from gprel.heads.pfn import PFN
from gprel.heads.protocol import Head, Loss, Thresholds

HEADS: dict[str, Callable[..., BertCRF | CasRel | GlobalPointer | GPLinker | PFN]] = {
    "global_pointer": GlobalPointer,
    "gplinker": GPLinker,
    "bert_crf": BertCRF,
    "casrel": CasRel,
    "pfn": PFN,
}

__all__ = ["HEADS", "PFN", "BertCRF", "CasRel", "GPLinker", "GlobalPointer", "Head", "Loss", "Thresholds"]
