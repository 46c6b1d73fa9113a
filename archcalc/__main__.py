"""The `archcalc` command, and `python -m archcalc`."""

import gc

# Before everything else: what is imported later may take long, and Ctrl-C is to end it without a traceback.
from archcalc import interrupts

interrupts.handle()
gc.set_threshold(100_000, 50, 100)  # what a command makes at its start stays to its end: looking through it is in vain


def run() -> None:
    """Run the command line in this process, and exit."""
    from archcalc.cli.process import run_process

    run_process()


if __name__ == "__main__":
    run()
