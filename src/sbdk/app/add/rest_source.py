"""`sbdk add rest`: a resource of a REST API, with dlt's `rest_api`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from sbdk.app.add.kinds import secret_name
from sbdk.app.add.trial import first_rows
from sbdk.app.add.writing import Added, check_secrets, pipeline_path, write
from sbdk.core.errors import SourceError, UsageError, suggestion
from sbdk.run.environment import environment_of
from sbdk.spec.project import ProjectSpec

PAGINATORS = ("offset", "page", "cursor", "link", "json-link", "single")
AUTHS: dict[str, str] = {"bearer": "token", "basic": "password", "api-key": "api_key", "oauth2": "client_secret"}
"""By kind: the name of its secret, under which dlt looks for it."""

_FILE = '''"""{path} of {base_url}, as `sbdk add` wrote it: plain dlt, and yours to change.{secrets}"""

import dlt
from dlt.sources.rest_api import rest_api_resources

import sbdk


@dlt.source
def {name}({parameters}):
    yield from rest_api_resources(
        {{
            "client": {{
                "base_url": {quoted_url},
{client}            }},
            "resources": [
                {{
                    "name": "{name}",
{keys}                    "endpoint": {{
                        "path": {quoted_path},
{endpoint}                    }},
                    "processing_steps": [{{"map": sbdk.stamped("{name}")}}],
                }},
            ],
        }}
    )
'''


@dataclass(frozen=True)
class RestOptions:
    """The options of `sbdk add rest`. `secret`: token, password, API key or client secret."""

    base_url: str | None = None
    path: str | None = None
    paginator: str | None = None
    page_size: int = 100
    page_param: str | None = None
    next_path: str | None = None
    auth: str | None = None
    secret: str | None = None
    user: str | None = None
    token_url: str | None = None
    header: str | None = None
    selector: str | None = None
    key: str | None = None
    cursor: str | None = None
    cursor_param: str | None = None


def add_rest(project: ProjectSpec, name: str, options: RestOptions) -> Added:
    """Write `pipelines/NAME.py` for one resource of an API; nothing is written if its first page cannot be read."""
    path = pipeline_path(project, name)
    _check(options)
    secrets = _secrets(project, name, options)
    check_secrets(project, secrets)
    text = rest_file(name, options)
    columns, rows = first_rows(project, path, text, secrets)
    if not rows:
        raise SourceError("the first page has no rows", hint="--selector names the key of the list in the answer")
    wanted = [column for column in (*_key(options), options.cursor) if column and column not in columns]
    if wanted:
        raise UsageError(f"the rows have no {wanted[0]!r}", hint=suggestion(wanted[0], columns, heading="columns"))
    write(project, path, text, secrets)
    disposition = "replace" if not _key(options) and not options.cursor else "merge" if _key(options) else "append"
    table = {"table": name, "key": _key(options), "cursor": options.cursor, "write_disposition": disposition}
    return Added("rest", name, path, tuple(secrets), [table], columns, rows)


def _check(options: RestOptions) -> None:
    if options.base_url is None or urlsplit(options.base_url).scheme not in ("http", "https"):
        raise UsageError("--base-url must be the URL of the API", hint="for example https://api.example.com/v1/")
    if urlsplit(options.base_url).password or urlsplit(options.base_url).username:
        raise UsageError("--base-url holds a user or password", hint="--auth basic --user NAME --secret PASSWORD")
    if options.path is None:
        raise UsageError("--path is missing", hint="the path of the resource below --base-url, for example orders")
    for option, value, known in (("--paginator", options.paginator, PAGINATORS), ("--auth", options.auth, AUTHS)):
        if value is not None and value not in known:
            raise UsageError(f"{option} {value} is not known", hint=suggestion(value, known))
    if options.auth in ("basic", "oauth2") and options.user is None:
        raise UsageError("--user is missing", hint="the name of the user, or the client id")
    if options.auth == "oauth2" and options.token_url is None:
        raise UsageError("--token-url is missing", hint="the address that gives tokens for client id and secret")
    if options.cursor and not options.cursor_param:
        raise UsageError("--cursor-param is missing", hint="the parameter by which the API gives rows since a value")


def _secrets(project: ProjectSpec, name: str, options: RestOptions) -> dict[str, str]:
    if options.auth is None:
        return {}
    variable = secret_name(name, AUTHS[options.auth])
    value = options.secret or environment_of(project).get(variable)
    if value is None:
        raise UsageError("--secret is missing", hint=f"give it, or set {variable} in .env")
    return {variable: value}


def _key(options: RestOptions) -> list[str]:
    return [part.strip() for part in (options.key or "").split(",") if part.strip()]


def rest_file(name: str, options: RestOptions) -> str:
    """The text of the file."""
    secret = AUTHS.get(options.auth or "")
    keys = _key(options)
    disposition = "merge" if keys else "append" if options.cursor else "replace"
    hints = {**({"primary_key": keys} if keys else {}), "write_disposition": disposition}
    return _FILE.format(
        name=name,
        path=options.path,
        base_url=options.base_url,
        secrets=f"\n\nThe secret is {secret_name(name, secret)}, in .env.\n" if secret else "",
        parameters=f"{secret}: str = dlt.secrets.value" if secret else "",
        quoted_url=json.dumps(options.base_url),
        quoted_path=json.dumps(options.path),
        client=_lines({"auth": _auth(options), "paginator": _paginator(options)}, 16),
        keys=_lines(hints, 20),
        endpoint=_lines({"data_selector": options.selector, "incremental": _incremental(options)}, 24),
    )


def _lines(values: Mapping[str, Any], indent: int) -> str:
    given = {name: value for name, value in values.items() if value is not None}
    return "".join(f"{' ' * indent}{json.dumps(name)}: {_literal(value)},\n" for name, value in given.items())


def _literal(value: Any) -> str:
    """The value as Python: a Name is written as it is, everything else as JSON has it, but for None."""
    if isinstance(value, _Name):
        return str(value)
    if isinstance(value, dict):
        return f"{{{', '.join(f'{json.dumps(key)}: {_literal(each)}' for key, each in value.items())}}}"
    return "None" if value is None else json.dumps(value)


class _Name(str):
    """The name of a variable of the file."""


def _auth(options: RestOptions) -> dict[str, Any] | None:
    secret = _Name(AUTHS.get(options.auth or "", ""))
    kinds: dict[str, dict[str, Any]] = {
        "bearer": {"type": "bearer", "token": secret},
        "basic": {"type": "http_basic", "username": options.user, "password": secret},
        "api-key": {"type": "api_key", "name": options.header or "X-API-Key", "api_key": secret, "location": "header"},
        "oauth2": {
            "type": "oauth2_client_credentials",
            "access_token_url": options.token_url,
            "client_id": options.user,
            "client_secret": secret,
        },
    }
    return kinds.get(options.auth or "")


def _paginator(options: RestOptions) -> dict[str, Any] | None:
    """None lets dlt find out from the first answer."""
    param, following = options.page_param, options.next_path
    offset = {"type": "offset", "limit": options.page_size, "offset_param": param or "offset", "total_path": None}
    kinds: dict[str, dict[str, Any]] = {
        "offset": offset,
        "page": {"type": "page_number", "base_page": 1, "page_param": param or "page", "total_path": None},
        "cursor": {"type": "cursor", "cursor_path": following or "next_cursor", "cursor_param": param or "cursor"},
        "link": {"type": "header_link"},
        "json-link": {"type": "json_link", "next_url_path": following or "next"},
        "single": {"type": "single_page"},
    }
    return kinds.get(options.paginator or "")


def _incremental(options: RestOptions) -> dict[str, Any] | None:
    if options.cursor is None:
        return None
    return {"cursor_path": options.cursor, "start_param": options.cursor_param}
