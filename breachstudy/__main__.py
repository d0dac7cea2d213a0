"""``python -m breachstudy``."""

from breachstudy.cli.app import main

main()
