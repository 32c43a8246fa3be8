"""What stands for an image with a training program: replicas of a TFJob learn y = x / 2 + 2 together.

The chief and the workers send gradients, of points of their own, to the first parameter server and get the parameters
back; the chief saves what was learned as version 1. Who is who, and where, is in TF_CONFIG, as for TensorFlow.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import threading
import time
import urllib.request
from collections.abc import Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

RATE = 0.03
BATCH = 32

Numbers = Sequence[float]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--steps", type=int, default=400)
    parser.add_argument("--save", type=Path, required=True, help="folder of the model's versions")
    options = parser.parse_args()
    config = json.loads(os.environ["TF_CONFIG"])
    role, index = config["task"]["type"], config["task"]["index"]
    servers = config["cluster"]["ps"]
    if role == "ps":
        keep_parameters(servers[index])
        return
    learned = train(f"http://{servers[0]}", random.Random(f"{role} {index}"), options.steps)
    if role == "chief":
        save(options.save / "1", learned)


def keep_parameters(address: str) -> None:
    """Answer each gradient with the parameters after it, until the end of the process."""
    parameters, lock = [0.0, 0.0], threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            gradient = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            with lock:
                parameters[:] = [old - RATE * change for old, change in zip(parameters, gradient, strict=True)]
                answer = json.dumps(parameters).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    host, port = address.split(":")
    ThreadingHTTPServer((host, int(port)), Handler).serve_forever()


def train(server: str, points: random.Random, steps: int) -> Numbers:
    """Give what was learned after some steps, and print the loss on the way."""
    parameters = send(server, [0.0, 0.0])
    for step in range(1, steps + 1):
        xs = [points.uniform(0, 5) for _ in range(BATCH)]
        errors = [parameters[0] * x + parameters[1] - (x / 2 + 2 + points.gauss(0, 0.01)) for x in xs]
        slope = sum(error * x for error, x in zip(errors, xs, strict=True)) / BATCH
        parameters = send(server, [slope, sum(errors) / BATCH])
        if step % 100 == 0:
            print(f"step {step}: loss {sum(error**2 for error in errors) / BATCH:.6f}", flush=True)
    return parameters


def send(server: str, gradient: Numbers) -> Numbers:
    """Send a gradient, and give the parameters after it; waits until the server is up."""
    while True:
        try:
            with urllib.request.urlopen(server, json.dumps(gradient).encode(), timeout=10) as answer:
                parameters: Numbers = json.load(answer)
            return parameters
        except OSError:
            time.sleep(0.2)


def save(version: Path, learned: Numbers) -> None:
    """Write a version of the model, which is there whole or not at all."""
    unfinished = version.with_name(f".{version.name}")
    unfinished.mkdir(parents=True)
    (unfinished / "model.json").write_text(json.dumps({"slope": learned[0], "offset": learned[1]}))
    unfinished.rename(version)
    print(f"saved version {version.name}", flush=True)


if __name__ == "__main__":
    main()
