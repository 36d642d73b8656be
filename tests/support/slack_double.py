"""A real HTTP server that takes what Slack's incoming webhooks take, and remembers it."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class SlackDouble:
    """`received` holds the JSON bodies; `answer` is the status of the next answers; `stall` seconds come first."""

    def __init__(self):
        self.received, self.answer, self.stall, self.headers = [], 200, 0.0, []
        double, self._released = self, threading.Event()

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                double._released.wait(double.stall)
                double.received.append(json.loads(body))
                self.send_response(double.answer)
                if double.answer == 302:
                    self.send_header("Location", double.url + "elsewhere")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/services/T0/B0/canary-token"
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def close(self):
        self._released.set()
        self.server.shutdown()
        self.server.server_close()
