"""What stands for the image of TensorFlow Serving: its options, its REST API, and models that are lines.

Source: https://www.tensorflow.org/tfx/serving/api_rest
"""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Iterator
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple


class Answer(NamedTuple):
    """A status and what is said with it."""

    status: HTTPStatus
    body: dict[str, Any]


def main() -> None:
    parser = argparse.ArgumentParser(allow_abbrev=False)
    parser.add_argument("--port", type=int, help="for gRPC, which is not answered here")
    parser.add_argument("--rest_api_port", type=int, required=True)
    parser.add_argument("--model_name", required=True)
    parser.add_argument("--model_base_path", type=Path, required=True)
    options = parser.parse_args()
    address = (os.environ["POD_ADDRESS"], options.rest_api_port)
    ThreadingHTTPServer(address, handler(options.model_name, options.model_base_path)).serve_forever()


def handler(name: str, folder: Path) -> type[BaseHTTPRequestHandler]:
    """Give what answers for one model; which version is the newest is seen at each request."""
    model = f"/v1/models/{name}"

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.answer(status_of(folder) if self.path == model else unknown(self.path))

        def do_POST(self) -> None:
            length = self.headers["Content-Length"]
            request = b"".join(chunks(self.rfile)) if length is None else self.rfile.read(int(length))
            self.answer(predict(folder, request) if self.path == f"{model}:predict" else unknown(self.path))

        def answer(self, answer: Answer) -> None:
            body = json.dumps(answer.body).encode()
            self.send_response(answer.status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    return Handler


def chunks(stream: BinaryIO) -> Iterator[bytes]:
    """Give what is sent in parts, as the API server's proxy does. Source: RFC 9112, section 7.1."""
    while size := int(stream.readline().partition(b";")[0], 16):
        yield stream.read(size)
        stream.readline()
    stream.readline()


def newest(folder: Path) -> Path | None:
    """Give the folder of the newest version, None while there is none."""
    versions = [path for path in folder.glob("*") if path.name.isdecimal()]
    return max(versions, key=lambda path: int(path.name), default=None)


def status_of(folder: Path) -> Answer:
    version = newest(folder)
    if version is None:
        return Answer(HTTPStatus.NOT_FOUND, {"error": f"no version of the model is in {folder}"})
    state = {"version": version.name, "state": "AVAILABLE", "status": {"error_code": "OK", "error_message": ""}}
    return Answer(HTTPStatus.OK, {"model_version_status": [state]})


def predict(folder: Path, request: bytes) -> Answer:
    version = newest(folder)
    if version is None:
        return status_of(folder)
    model = json.loads((version / "model.json").read_text())
    try:
        instances = [float(x) for x in json.loads(request)["instances"]]
    except (ValueError, TypeError, KeyError):
        return Answer(HTTPStatus.BAD_REQUEST, {"error": "what is asked must be 'instances', a list of numbers"})
    return Answer(HTTPStatus.OK, {"predictions": [model["slope"] * x + model["offset"] for x in instances]})


def unknown(path: str) -> Answer:
    return Answer(HTTPStatus.NOT_FOUND, {"error": f"Malformed request: {path}"})


if __name__ == "__main__":
    main()
