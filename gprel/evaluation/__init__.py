"""Metrics on pairs of documents: matching rules, counts, scores and tables. No model is needed.

``significance`` and ``breakdown`` are imported by their own names: they need numpy, which a command's help does not.
"""

from gprel.evaluation.calibration import Bin, Calibration, Fit, Platt, calibrate, calibration_error, reliability
from gprel.evaluation.counts import Counts, RuleCounts, Tally, count
from gprel.evaluation.match import RULES, Rule, rule_named
from gprel.evaluation.parts import BREAKDOWNS
from gprel.evaluation.report import breakdown_table, per_type_table, table
from gprel.evaluation.score import AVERAGES, KINDS, Evaluation, evaluate
from gprel.evaluation.thresholds import FLOOR, Choice, choose_thresholds

__all__ = [
    "AVERAGES",
    "BREAKDOWNS",
    "FLOOR",
    "KINDS",
    "RULES",
    "Bin",
    "Calibration",
    "Choice",
    "Counts",
    "Evaluation",
    "Fit",
    "Platt",
    "Rule",
    "RuleCounts",
    "Tally",
    "breakdown_table",
    "calibrate",
    "calibration_error",
    "choose_thresholds",
    "count",
    "evaluate",
    "per_type_table",
    "reliability",
    "rule_named",
    "table",
]
