"""What the hub does: who may log in, and what a user's notebook server looks like.

What a site changes comes in as environment variables of the hub's container (statefulset.yaml). A user picks an image,
CPU, memory and extra limits on the start page; what they send is checked here before a pod is made of it.
"""

import json
import os
import re
from html import escape

from tornado.web import HTTPError

c = get_config()  # noqa: F821  (given by JupyterHub)

IMAGES = (os.environ["NOTEBOOK_CPU_IMAGE"], os.environ["NOTEBOOK_GPU_IMAGE"])
DEFAULTS = {"image": IMAGES[0], "cpu": "0.5", "memory": "1Gi", "limits": "{}"}
GPU_TOLERATIONS = [
    {"key": "nvidia.com/gpu", "operator": "Exists", "effect": "NoSchedule"},
    {"key": "sku", "operator": "Equal", "value": "gpu", "effect": "NoSchedule"},
]
"""The taints of GPU nodes: GKE lets a pod that asks for a GPU past the first by itself, AKS and EKS do not."""
PATTERNS = {
    "image": re.compile(r"[a-z0-9][A-Za-z0-9._:/@-]{0,254}"),
    "cpu": re.compile(r"\d{1,3}(\.\d{1,3})?"),
    "memory": re.compile(r"\d{1,6}(Mi|Gi)"),
}

# --- The hub and its proxy, which runs beside it in the same pod
c.JupyterHub.hub_bind_url = "http://:8081"
c.JupyterHub.hub_connect_url = "http://tf-hub-0:8081"
c.JupyterHub.cleanup_servers = False
c.JupyterHub.db_url = "sqlite:////srv/jupyterhub/jupyterhub.sqlite"
c.ConfigurableHTTPProxy.should_start = False
c.ConfigurableHTTPProxy.api_url = "http://127.0.0.1:8001"

# --- Who may log in: any name, with the one password that stands in the Secret jupyter-hub-credentials
c.JupyterHub.authenticator_class = "shared-password"
c.SharedPasswordAuthenticator.user_password = os.environ["JUPYTERHUB_PASSWORD"]
c.Authenticator.allow_all = True

# --- Users' notebook servers
c.JupyterHub.spawner_class = "kubespawner.KubeSpawner"
c.KubeSpawner.namespace = os.environ["POD_NAMESPACE"]
c.KubeSpawner.service_account = "jupyter-notebook"
c.KubeSpawner.pod_name_template = "jupyter-{user_server}"
c.KubeSpawner.start_timeout = 1800
c.KubeSpawner.http_timeout = 300
c.KubeSpawner.cmd = ["jupyterhub-singleuser"]
POD = {"enableServiceLinks": False}
RUNTIME_CLASS = os.environ["NOTEBOOK_GPU_RUNTIME_CLASS"]
GPU_POD = POD | ({"runtimeClassName": RUNTIME_CLASS} if RUNTIME_CLASS else {})
c.KubeSpawner.extra_pod_config = POD
c.KubeSpawner.common_labels = {"app.kubernetes.io/part-of": "kfinstall"}

c.KubeSpawner.uid = 1000
c.KubeSpawner.gid = 100
c.KubeSpawner.fs_gid = 100
c.KubeSpawner.pod_security_context = {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}}
c.KubeSpawner.container_security_context = {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}

c.KubeSpawner.working_dir = "/home/jovyan"
c.KubeSpawner.storage_pvc_ensure = True
c.KubeSpawner.pvc_name_template = "claim-{user_server}"
c.KubeSpawner.storage_capacity = os.environ["NOTEBOOK_STORAGE"]
c.KubeSpawner.storage_access_modes = ["ReadWriteOnce"]
if os.environ["NOTEBOOK_STORAGE_CLASS"]:
    c.KubeSpawner.storage_class = os.environ["NOTEBOOK_STORAGE_CLASS"]
DISKS = [name for name in os.environ.get("NOTEBOOK_DISKS", "").split(",") if name]
c.KubeSpawner.volumes = [
    {"name": "home", "persistentVolumeClaim": {"claimName": "claim-{user_server}"}},
    *({"name": f"disk-{name}", "persistentVolumeClaim": {"claimName": name}} for name in DISKS),
]
c.KubeSpawner.volume_mounts = [
    {"name": "home", "mountPath": os.environ["NOTEBOOK_PVC_MOUNT"]},
    *({"name": f"disk-{name}", "mountPath": f"/mnt/{name}"} for name in DISKS),
]


def options_form(_spawner):
    """Give the start page's fields; the image can be picked from the list or typed."""
    choices = "".join(f'<option value="{escape(image)}">' for image in IMAGES)
    fields = (
        ("image", "Image", f' list="images"><datalist id="images">{choices}</datalist'),
        ("cpu", "CPU", ""),
        ("memory", "Memory", ""),
        ("limits", "Extra resource limits, such as {&quot;nvidia.com/gpu&quot;: &quot;1&quot;}", ""),
    )
    return "".join(
        f'<div class="form-group"><label for="{name}">{label}</label>'
        f'<input class="form-control" id="{name}" name="{name}" value="{escape(DEFAULTS[name])}"{rest}></div>'
        for name, label, rest in fields
    )


def options_from_form(form):
    """Give what the user entered as plain options, the form's defaults where a field was left empty."""
    return {name: (form.get(name) or [""])[0].strip() or default for name, default in DEFAULTS.items()}


def extra_limits(text):
    """Read extra limits: a JSON mapping of extended resources such as nvidia.com/gpu to whole numbers."""
    try:
        limits = json.loads(text)
    except ValueError as error:
        raise HTTPError(400, f"extra resource limits are not JSON: {error}") from error
    if not isinstance(limits, dict) or not all("/" in name and str(n).isdigit() for name, n in limits.items()):
        raise HTTPError(400, 'extra resource limits must look like {"nvidia.com/gpu": "1"}')
    return {name: str(number) for name, number in limits.items()}


def apply_options(spawner, user_options):
    """Turn a user's options, from the form or from the API, into the pod's image and resources, or refuse them."""
    options = DEFAULTS | {name: str(value) for name, value in user_options.items()}
    for name, pattern in PATTERNS.items():
        if not pattern.fullmatch(options[name]):
            raise HTTPError(400, f"{name} is not understood: {options[name]!r}")
    spawner.image = options["image"]
    spawner.cpu_guarantee = float(options["cpu"])
    spawner.mem_guarantee = options["memory"].removesuffix("i")
    spawner.extra_resource_limits = extra_limits(options["limits"])
    has_gpu = any(name.startswith("nvidia.com/") for name in spawner.extra_resource_limits)
    spawner.tolerations = GPU_TOLERATIONS if has_gpu else []
    spawner.extra_pod_config = GPU_POD if has_gpu else POD


c.KubeSpawner.options_form = options_form
c.KubeSpawner.options_from_form = options_from_form
c.KubeSpawner.apply_user_options = apply_options
