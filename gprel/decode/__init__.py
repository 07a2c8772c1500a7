"""Pure functions from grids of scores to spans and triples in tokens."""

from gprel.decode.spans import Spans, find_spans
from gprel.decode.tables import find_table_spans
from gprel.decode.triples import Triples, at_candidates, link, pair_up

__all__ = ["Spans", "Triples", "at_candidates", "find_spans", "find_table_spans", "link", "pair_up"]
