"""How a running training looks on the terminal."""

from types import TracebackType
from typing import Self

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from gprel.evaluation import Evaluation

from .console import print_note, stderr


class ProgressReporter:
    """Draws a progress bar with loss and speed, and a line per epoch.

    Args:
        n_epochs: Epochs the run will take at most.
    """

    def __init__(self, n_epochs: int) -> None:
        self.n_epochs = n_epochs
        self.progress = Progress(
            TextColumn("training"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[figures]}"),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            console=stderr,
        )
        self.bar = self.progress.add_task("training", total=None, figures="", visible=False)

    def __enter__(self) -> Self:
        self.progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.progress.stop()

    def note(self, text: str) -> None:
        """Print a sentence above the bar."""
        print_note(text)

    def start(self, n_steps: int, n_done: int) -> None:
        """Show the bar."""
        self.progress.update(self.bar, total=n_steps, completed=n_done, visible=True)

    def step(self, loss: float, tokens_per_second: float) -> None:
        """Move the bar by one step."""
        figures = f"loss {loss:.3f}, {tokens_per_second:,.0f} tokens/s"
        self.progress.update(self.bar, advance=1, figures=figures)

    def epoch(self, number: int, loss: float, evaluation: Evaluation | None, is_best: bool) -> None:
        """Print the epoch's loss and dev scores."""
        line = f"epoch {number}/{self.n_epochs}: loss {loss:.3f}"
        if evaluation:
            for kind, tallies in (("entity", evaluation.entities), ("triple", evaluation.triples)):
                if tallies:
                    figures = ", ".join(f"{rule} {tally.micro.f1:.2f}" for rule, tally in tallies.items())
                    line += f"; dev {kind} F1 {figures}"
        print_note(line + ("  <- best so far" if is_best else ""))
