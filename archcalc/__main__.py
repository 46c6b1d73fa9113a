"""The `archcalc` command, and `python -m archcalc`."""

# Before everything else: what is imported later may take long, and Ctrl-C is to end it without a traceback.
from archcalc import interrupts

interrupts.handle()


def run() -> None:
    """Run the command line in this process, and exit."""
    from archcalc.cli.process import run_process

    run_process()


if __name__ == "__main__":
    run()
