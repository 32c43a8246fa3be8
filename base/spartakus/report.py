"""Print what this cluster is made of, or post it to REPORT_URL: versions and capacity of the nodes, no names.

Source: the document of spartakus v1.1.0 (pkg/report/record.go), whose collector is gone.
"""

import hashlib
import json
import os
import ssl
import time
from pathlib import Path
from urllib.request import Request, urlopen

ACCOUNT = Path(os.environ["SERVICE_ACCOUNT_DIR"])
API = os.environ["API_SERVER"]
URL = os.environ["REPORT_URL"].rstrip("/")
MARK = Path(os.environ.get("MARK", "/tmp/reported"))
CLOUDS = {"aws", "azure", "gce", "kind", "openstack", "vsphere"}


def read(path):
    """Give the API server's answer to one GET; the token is read anew, for it rotates."""
    context = ssl.create_default_context(cafile=ACCOUNT / "ca.crt") if API.startswith("https:") else None
    headers = {"Authorization": "Bearer " + (ACCOUNT / "token").read_text().strip()}
    with urlopen(Request(API + path, headers=headers), context=context, timeout=30) as answer:
        return json.load(answer)


def describe(node):
    """Give one node without its name: its id is a digest, its cloud only one of those that are well known."""
    info, uid = node["status"]["nodeInfo"], node["metadata"]["name"]
    digest = hashlib.md5((uid + info["machineID"] + info["systemUUID"]).encode(), usedforsecurity=False)
    cloud = node["spec"].get("providerID", "").partition("://")[0]
    fields = ("operatingSystem", "osImage", "kernelVersion", "architecture", "containerRuntimeVersion", "kubeletVersion")
    return {
        "id": digest.hexdigest(),
        **{field: info.get(field, "") for field in fields},
        "cloudProvider": cloud if cloud in CLOUDS else "unknown",
        "capacity": [{"resource": name, "value": value} for name, value in sorted(node["status"]["capacity"].items())],
    }


def record():
    """Give the whole document."""
    return {
        "version": "v1.0.0",
        "clusterID": os.environ["USAGE_ID"],
        "masterVersion": read("/version")["gitVersion"],
        "nodes": [describe(node) for node in read("/api/v1/nodes")["items"]],
    }


def send(document):
    """Post the document where the user asked, or print it where nothing was asked."""
    text = json.dumps(document)
    if not URL:
        print(text, flush=True)
        return
    request = Request(URL + "/api/v1", data=text.encode(), headers={"Content-Type": "application/json"}, method="POST")
    with urlopen(request, timeout=30) as answer:
        print(f"report sent: {answer.status}", flush=True)


def main():
    """Report for ever; a report that fails is said and tried again after a minute."""
    period_s = float(os.environ["REPORT_PERIOD_S"])
    while True:
        try:
            send(record())
            MARK.touch()
            time.sleep(period_s)
        except (OSError, ValueError, KeyError) as error:
            print(f"no report: {error}", flush=True)
            time.sleep(min(60.0, period_s))


main()
