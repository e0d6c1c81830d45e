"""The native functions, or None where the package was built without a compiler."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from transforms.engine import _native as native
else:
    try:
        from transforms.engine import _native as native
    except ImportError:
        native = None

BUILT: bool = native is not None
"""Whether the native functions are there."""

__all__ = ["BUILT", "native"]
