"""Show the training jobs of the cluster at /tfjobs/: what they are, how far they are, and nothing that can be changed.

/tfjobs/ is the page, /tfjobs/api the same as JSON, /healthz says that the program runs.
"""

import json
import os
import ssl
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

ACCOUNT = Path(os.environ["SERVICE_ACCOUNT_DIR"])
API = os.environ["API_SERVER"]
PORT = int(os.environ["PORT"])
KINDS = ("tfjobs", "pytorchjobs", "mpijobs", "xgboostjobs", "paddlejobs")
COLUMNS = ("kind", "namespace", "name", "state", "created", "replicas", "message")
STYLE = "body{font:15px sans-serif;margin:2em}td,th{text-align:left;padding:.3em 1em .3em 0}th{border-bottom:1px solid}"


def read(path):
    """Give the API server's answer to one GET; the token is read anew, for it rotates."""
    context = ssl.create_default_context(cafile=ACCOUNT / "ca.crt") if API.startswith("https:") else None
    headers = {"Authorization": "Bearer " + (ACCOUNT / "token").read_text().strip()}
    with urlopen(Request(API + path, headers=headers), context=context, timeout=10) as answer:
        return json.load(answer)


def jobs_of(kind):
    """Give the jobs of one kind; none where the kind is not installed."""
    try:
        return read(f"/apis/kubeflow.org/v1/{kind}")["items"]
    except HTTPError as refused:
        if refused.code == 404:
            return []
        raise


def row(kind, job):
    """Give one job as the page shows it: its last condition is its state."""
    status = job.get("status") or {}
    last = (status.get("conditions") or [{}])[-1]
    replicas = [
        f"{name} {', '.join(f'{n} {word}' for word, n in sorted(counts.items()) if isinstance(n, int) and n)}"
        for name, counts in sorted((status.get("replicaStatuses") or {}).items())
    ]
    return {
        "kind": job.get("kind") or kind,
        "namespace": job["metadata"]["namespace"],
        "name": job["metadata"]["name"],
        "state": last.get("type", "Unseen"),
        "created": job["metadata"]["creationTimestamp"],
        "replicas": "; ".join(text.strip() for text in replicas),
        "message": last.get("message", ""),
    }


def rows():
    """Give all jobs, the newest first."""
    found = [row(kind, job) for kind in KINDS for job in jobs_of(kind)]
    return sorted(found, key=lambda job: job["created"], reverse=True)


def page(jobs):
    """Give the page; every word of a job is text on it."""
    head = "".join(f"<th>{name}</th>" for name in COLUMNS)
    body = "".join("<tr>" + "".join(f"<td>{escape(job[name])}</td>" for name in COLUMNS) + "</tr>" for job in jobs)
    table = f"<table><tr>{head}</tr>{body}</table>" if jobs else "<p>There are no training jobs.</p>"
    title = "<title>Training jobs</title><meta charset=utf-8><meta http-equiv=refresh content=10>"
    return f"<!doctype html>{title}<style>{STYLE}</style><h1>Training jobs</h1>{table}"


def answer(path):
    """Give (status, media type, text) for a path."""
    match path.partition("?")[0]:
        case "/healthz":
            return 200, "text/plain", "ok"
        case "/" | "/tfjobs" | "/tfjobs/":
            return 200, "text/html; charset=utf-8", page(rows())
        case "/tfjobs/api":
            return 200, "application/json", json.dumps(rows())
    return 404, "text/plain", "there is nothing here"


class Handler(BaseHTTPRequestHandler):
    """Answers GET and nothing else."""

    def do_GET(self):
        """Answer one request; what the API server refused is said, not hidden."""
        try:
            status, kind, text = answer(self.path)
        except (OSError, ValueError, KeyError) as error:
            status, kind, text = 502, "text/plain", f"the API server gave no jobs: {error}"
        data = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.send_header("X-Content-Type-Options", "nosniff")
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_arguments):
        """Keep quiet: a probe every few seconds is no news."""


ThreadingHTTPServer((os.environ.get("HOST", ""), PORT), Handler).serve_forever()
