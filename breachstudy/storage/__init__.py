"""Sets of files written whole, under a lock, and exchanged in one step."""

from breachstudy.storage.folders import (
    read_folder,
    recover,
    replace_folder,
    sha256,
    standing,
    steady,
    storing,
    write_atomic,
    writing,
)

__all__ = ["read_folder", "recover", "replace_folder", "sha256", "standing", "steady", "storing",
           "write_atomic", "writing"]
