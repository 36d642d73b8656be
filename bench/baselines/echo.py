"""python bench/baselines/echo.py: a bare FastAPI app that answers a JSON body with a JSON body, nothing stored."""

from __future__ import annotations

import uvicorn
from fastapi import FastAPI

app = FastAPI()


@app.post("/webhook/github")
async def echo(body: dict[str, object]) -> dict[str, object]:
    return {"status": body["after"]}


if __name__ == "__main__":
    import socket

    listening = socket.create_server(("127.0.0.1", 0))
    print(f"http://127.0.0.1:{listening.getsockname()[1]}", flush=True)
    config = uvicorn.Config(app, loop="uvloop", http="httptools", access_log=False, log_level="error")
    uvicorn.Server(config).run([listening])
