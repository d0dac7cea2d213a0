"""The version of the package and of the dataset that it builds."""

__version__ = "0.1.0"
