"""A fair comparison: methods x corpora x seeds under one budget, one scorer, one report."""
