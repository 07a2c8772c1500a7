"""Where texts come from: files of many kinds, folders, patterns and standard input, as one stream."""

from gprel.extraction.sources.find import SUFFIXES
from gprel.extraction.sources.read import input_bytes, read_items

__all__ = ["SUFFIXES", "input_bytes", "read_items"]
