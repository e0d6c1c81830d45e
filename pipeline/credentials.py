"""Who we are towards Google Cloud: asked once a process, anonymous at once where nobody has signed in."""

import functools
import os
from typing import Any

EMULATOR = "STORAGE_EMULATOR_HOST"
"""The variable that sends all storage traffic to an emulator; then nobody asks for credentials."""

_SCOPES = ("https://www.googleapis.com/auth/cloud-platform",)


def google_credentials() -> Any | None:
    """Return the application default credentials, or None for an anonymous caller."""
    return None if os.environ.get(EMULATOR) else _default()


def spare_beam_the_search() -> None:
    """Tell Beam in this process that there are no credentials, if there are none.

    Beam's own search waits 20 seconds before it goes on anonymously. Call it in every process that uses gs:// through
    Beam, before the first use; it does nothing where credentials are found.
    """
    if google_credentials() is None:
        from apache_beam.internal.gcp import auth

        auth._Credentials._credentials_init = True


@functools.cache
def _default() -> Any | None:
    import google.auth
    from google.auth.exceptions import DefaultCredentialsError

    try:
        return google.auth.default(scopes=_SCOPES)[0]
    except DefaultCredentialsError:
        return None
