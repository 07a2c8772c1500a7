"""A look at annotated data before anyone trains on it: what is wrong, where, what to do, and a repaired copy."""

from gprel.doctor.examine import examine
from gprel.doctor.findings import KINDS, SEVERITIES, Case, Finding, Kind, Place, Severity
from gprel.doctor.fix import fix
from gprel.doctor.html import to_html
from gprel.doctor.parts import Data, Part, read_data
from gprel.doctor.report import Report

__all__ = [
    "KINDS",
    "SEVERITIES",
    "Case",
    "Data",
    "Finding",
    "Kind",
    "Part",
    "Place",
    "Report",
    "Severity",
    "examine",
    "fix",
    "read_data",
    "to_html",
]
