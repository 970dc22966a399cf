"""`python -m bench.at_work`: an analyst that computes every figure of the shop until killed."""

import os

from goen.doors.cli.main import start_django

NICE = 5
"""As the analyst of a shop is."""


def main() -> None:
    """Say so when it begins."""
    start_django()
    from goen.insight import lake
    from goen.insight.analyst import Analyst
    from goen.kit import clock, home

    os.nice(NICE)
    found = Analyst(lake.folder_of(home.current_shop_name()))
    print("at work", flush=True)
    while True:
        found.refresh(recorded_at=clock.now())


if __name__ == "__main__":
    main()
