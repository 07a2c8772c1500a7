"""What a model gets right and wrong, as one page to look through."""

from gprel.report.page import MAX_EXAMPLES, to_html

__all__ = ["MAX_EXAMPLES", "to_html"]
