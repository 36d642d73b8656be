"""The environment of a rebuild's processes: an allow-list of the server's own."""

from __future__ import annotations

import os

from sbdk.server.jobs.process_tree import MARK
from sbdk.server.jobs.settings import RebuildSettings

_PASSED = ("PATH", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "SSL_CERT_FILE", "SSL_CERT_DIR")
_FOR_GIT = ("SSH_AUTH_SOCK", "HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY", "https_proxy", "http_proxy", "no_proxy")
_NEVER = "SBDK_WEBHOOKS__"


def base_environment(settings: RebuildSettings) -> dict[str, str]:
    """The allowed variables, the rebuild's own home and temporary folder, and the mark of its processes."""
    passed = {name: os.environ[name] for name in _PASSED if name in os.environ}
    own = {"HOME": str(settings.workplace / "home"), "TMPDIR": str(settings.workplace / "tmp")}
    return {**passed, **own, MARK: str(settings.state)}


def git_environment(settings: RebuildSettings) -> dict[str, str]:
    """For git: no other configuration, no prompt, no transport that runs a command.

    The repository's URL, which may hold a token, is passed as configuration: arguments are visible to every process.
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
        **base_environment(settings),
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


def build_environment(settings: RebuildSettings) -> dict[str, str]:
    """For `sbdk dev`: also the variables of the server's .env, and the path of the file to publish."""
    own = {name: value for name, value in settings.environment.items() if not name.startswith(_NEVER)}
    return {**own, **base_environment(settings), "SBDK_DUCKDB_PATH": str(settings.published)}
