"""Serve a folder on this machine as static hosts do: right types, compressed, many at once."""

from __future__ import annotations

import gzip
import sys
from functools import lru_cache, partial
from http import HTTPStatus
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

HOST = "127.0.0.1"
# What Python's table lacks or, read from the machine's own, may have wrong.
TYPES = {
    ".css": "text/css",
    ".html": "text/html; charset=utf-8",
    ".ipynb": "application/json",
    ".js": "text/javascript",
    ".json": "application/json",
    ".mjs": "text/javascript",
    ".svg": "image/svg+xml",
    ".wasm": "application/wasm",
    ".whl": "application/zip",
    ".woff": "font/woff",
    ".woff2": "font/woff2",
}
COMPRESSED = {".css", ".html", ".ipynb", ".js", ".json", ".mjs", ".svg", ".txt", ".wasm"}


@lru_cache(maxsize=256)
def zipped(path: str, changed: int) -> bytes:
    """Return a file's compressed content; `changed`, its time, makes a new version a new entry."""
    return gzip.compress(Path(path).read_bytes(), compresslevel=6, mtime=0)


class Handler(SimpleHTTPRequestHandler):
    """Answers from one folder, without a word."""

    protocol_version = "HTTP/1.1"
    extensions_map = SimpleHTTPRequestHandler.extensions_map | TYPES

    def do_GET(self) -> None:
        """Send a file, compressed where the browser takes it and it helps."""
        path = Path(self.translate_path(self.path))
        if path.is_dir() and urlsplit(self.path).path.endswith("/"):
            path /= "index.html"
        accepts = "gzip" in self.headers.get("Accept-Encoding", "")
        if not (accepts and path.suffix in COMPRESSED and path.is_file()):
            super().do_GET()
            return
        content = zipped(str(path), path.stat().st_mtime_ns)
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", self.guess_type(str(path)))
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Vary", "Accept-Encoding")
        self.end_headers()
        self.wfile.write(content)

    def end_headers(self) -> None:
        """Let a rebuilt page be seen at once."""
        self.send_header("Cache-Control", "no-cache")
        super().end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


class Server(ThreadingHTTPServer):
    """Ends at once, and does not mind a browser that hangs up."""

    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Pass over broken connections."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]


def make_server(folder: Path, port: int = 8000) -> Server:
    """Return a server for a folder, on this port or, where it is taken, on a free one."""
    handler = partial(Handler, directory=str(folder))
    try:
        return Server((HOST, port), handler)
    except OSError:
        return Server((HOST, 0), handler)


def serve(folder: Path, port: int = 8000) -> None:
    """Serve a folder until interrupted."""
    if not (folder / "index.html").exists():
        raise SystemExit(f"{folder} holds no book yet: run `make book` first.")
    with make_server(folder, port) as server:
        print(f"The book is at http://{HOST}:{server.server_port}/", flush=True)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            print()
