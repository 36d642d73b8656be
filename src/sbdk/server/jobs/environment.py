"""What the processes of a rebuild get to see of the server's environment: next to nothing."""

from __future__ import annotations

import os

from sbdk.server.jobs.process_tree import MARK
from sbdk.server.jobs.settings import RebuildSettings

_PASSED = ("PATH", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "SSL_CERT_FILE", "SSL_CERT_DIR")
_FOR_GIT = ("SSH_AUTH_SOCK", "HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY", "https_proxy", "http_proxy", "no_proxy")
_NEVER = "SBDK_WEBHOOKS__"


def base(settings: RebuildSettings) -> dict[str, str]:
    """An allow-list, a home and a folder for temporary files of the rebuild's own, and the mark of its processes."""
    passed = {name: os.environ[name] for name in _PASSED if name in os.environ}
    own = {"HOME": str(settings.workplace / "home"), "TMPDIR": str(settings.workplace / "tmp")}
    return {**passed, **own, MARK: str(settings.state)}


def for_git(settings: RebuildSettings) -> dict[str, str]:
    """No configuration but ours, no question to anybody, no transport that runs a command.

    The repository's URL, which may hold a token, is given as configuration: arguments are for all to see.
    """
    config = {
        "remote.origin.url": settings.repository_url,
        "protocol.ext.allow": "never",
        "core.hooksPath": os.devnull,
        "credential.helper": "",
        "core.fsmonitor": "false",
        "gc.auto": "0",
        "submodule.recurse": "false",
    }
    numbered = {f"GIT_CONFIG_KEY_{n}": key for n, key in enumerate(config)}
    numbered |= {f"GIT_CONFIG_VALUE_{n}": value for n, value in enumerate(config.values())}
    return {
        **base(settings),
        **{name: os.environ[name] for name in _FOR_GIT if name in os.environ},
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_SYSTEM": os.devnull,
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_ASKPASS": "true",
        "GIT_SSH_COMMAND": "ssh -oBatchMode=yes",
        "GIT_ALLOW_PROTOCOL": "file:git:http:https:ssh",
        "GIT_LFS_SKIP_SMUDGE": "1",
        "GIT_CONFIG_COUNT": str(len(config)),
        **numbered,
    }


def for_build(settings: RebuildSettings) -> dict[str, str]:
    """What `sbdk dev` gets: also the variables that the server's owner lends it, and the file to publish."""
    lent = {name: value for name, value in settings.environment.items() if not name.startswith(_NEVER)}
    return {**lent, **base(settings), "SBDK_DUCKDB_PATH": str(settings.published)}
