"""Extraction from inputs of any size: sources, backends, a pipeline that can be stopped and resumed, and targets."""
