"""What is done with documents before training: measured, converted, sampled, divided; all of it from streams."""

from gprel.data.convert import Conversion, convert, replacing
from gprel.data.histogram import Histogram
from gprel.data.sample import sample
from gprel.data.split import Shares, SplitPlan, plan_split
from gprel.data.stats import Stats

__all__ = ["Conversion", "Histogram", "Shares", "SplitPlan", "Stats", "convert", "plan_split", "replacing", "sample"]
