"""The errors gprel raises on purpose: each says what was expected, what was got, where, and what to do."""


class GprelError(Exception):
    """Base of every error that gprel raises on purpose; the command line prints it as one red line."""


class ConfigError(GprelError):
    """A setting is unknown, out of range, or contradicts another one."""


class DataError(GprelError):
    """Text or annotation cannot be read or does not fit together; the message carries file and line where known."""


class SchemaError(DataError):
    """A label is not in the schema; the message lists the known labels."""


class CheckpointError(GprelError):
    """A model folder or a checkpoint is missing, incomplete, cannot be written, or was written by something else."""


class DependencyError(GprelError):
    """An optional package is needed; the message names the command that installs it."""


class ClusterError(GprelError):
    """A cluster, or a worker of it, failed; what was written until then is good."""
