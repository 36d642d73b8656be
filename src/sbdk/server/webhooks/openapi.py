"""The OpenAPI document, and a page that shows it without a script or a foreign server.

The routes read bodies themselves, because size, signature, token and rate come before the first look at a body; so what
they take and answer is declared here, from the same models that check it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from html import escape
from typing import Any

from fastapi import FastAPI
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from sbdk.server.http.errors import HttpError
from sbdk.server.webhooks import models
from sbdk.server.webhooks.auth import Gate
from sbdk.server.webhooks.github import json_response
from sbdk.server.webhooks.operations import OPERATIONS, Operation
from sbdk.server.webhooks.tokens import refuse_tokens_in_url

Endpoint = Callable[[Request], Awaitable[Response]]
REF = "#/components/schemas/{model}"


def document(app: FastAPI, method: str, path: str, endpoint: Endpoint) -> None:
    """Add a route with its description."""
    operation = OPERATIONS[path]
    app.add_api_route(
        path,
        endpoint,
        methods=[method],
        operation_id=operation.name,
        summary=operation.summary,
        description=operation.description,
        response_class=Response,
        status_code=next(iter(operation.answers)),
        openapi_extra=_extra(operation),
    )


def openapi(app: FastAPI) -> dict[str, Any]:
    """FastAPI's document with our schemas, and without the answers that it supposes."""
    made = app.openapi()
    schemas: dict[str, Any] = {}
    for model in (models.Register, models.Usage, models.Registered, models.Tracked, models.Delivered, models.Status):
        _define(schemas, model)
    _define(schemas, models.Error)
    _define(schemas, models.Runs)
    components = {"schemas": schemas, "securitySchemes": _SECURITY}
    return {**made, "openapi": "3.1.0", "components": components}


_SECURITY = {
    "admin": {"type": "http", "scheme": "bearer", "description": "SBDK_WEBHOOKS__ADMIN_TOKEN; not on the loopback."},
    "project": {"type": "http", "scheme": "bearer", "description": "The token that /register answered with."},
}


def _define(schemas: dict[str, Any], model: type[BaseModel]) -> None:
    schema = model.model_json_schema(ref_template=REF)
    schemas.update(schema.pop("$defs", {}))
    schemas[model.__name__] = schema


def _extra(operation: Operation) -> dict[str, Any]:
    extra: dict[str, Any] = {"responses": {str(status): _answer(operation, status) for status in operation.answers}}
    for status in operation.errors:
        extra["responses"][str(status)] = _error(status)
    if operation.body is not None:
        extra["requestBody"] = {"required": True, "content": {"application/json": {"schema": operation.body}}}
    if operation.parameters:
        extra["parameters"] = list(operation.parameters)
    if operation.security:
        extra["security"] = list(operation.security)
    return extra


def _answer(operation: Operation, status: int) -> dict[str, Any]:
    said = operation.answers[status]
    if operation.media == "application/json":
        schema: dict[str, Any] = {"$ref": REF.format(model=said)}
    else:
        schema = {"type": "string"}
    return {"description": operation.summary, "content": {operation.media: {"schema": schema}}}


def _error(status: int) -> dict[str, Any]:
    from http import HTTPStatus

    content = {"application/json": {"schema": {"$ref": REF.format(model="Error")}}}
    return {"description": HTTPStatus(status).phrase, "content": content}


class Documents:
    """/openapi.json and /docs: on the loopback for anybody, elsewhere nothing is there without the admin token."""

    def __init__(self, app: FastAPI, gate: Gate) -> None:
        self._app = app
        self._gate = gate

    async def openapi(self, request: Request) -> Response:
        self._admit(request)
        return json_response(openapi(self._app))

    async def page(self, request: Request) -> Response:
        self._admit(request)
        return Response(_page(openapi(self._app)), media_type="text/html; charset=utf-8")

    def _admit(self, request: Request) -> None:
        refuse_tokens_in_url(request.scope)
        try:
            self._gate.admit_operator(request.scope)
        except HttpError as refusal:
            if refusal.status == 401:
                raise HttpError(404, "not_found", "not found") from None
            raise


def _page(spec: dict[str, Any]) -> str:
    rows = []
    for path, methods in spec["paths"].items():
        for method, operation in methods.items():
            answers = ", ".join(operation["responses"])
            rows.append(
                f"<h2>{escape(method.upper())} {escape(path)}</h2><p>{escape(operation['summary'])}. "
                f"{escape(operation.get('description', ''))}</p><p>Answers: {escape(answers)}.</p>"
            )
    head = f"<!doctype html><html lang=en><meta charset=utf-8><title>{escape(spec['info']['title'])}</title>"
    about = f"<h1>{escape(spec['info']['title'])}</h1><p>{escape(spec['info']['description'])}</p>"
    return f"{head}{about}<p>The whole description: <a href='/openapi.json'>openapi.json</a></p>{''.join(rows)}</html>"
