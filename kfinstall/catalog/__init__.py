"""The catalogue: the components and platforms that travel with kfinstall, and which platform a cluster is."""

from kfinstall.catalog.detection import detect_platform
from kfinstall.catalog.folders import component, components, images, overlay, platform, platforms, root
from kfinstall.catalog.model import ComponentInfo, Detection, ImageUse, Parameter, PlatformInfo, Port, Stored
from kfinstall.catalog.overlays import (
    CORE,
    NAMESPACE,
    composed,
    overlay_files,
    packaged_set,
    parameter_parts,
    platform_parts,
    with_required,
)
from kfinstall.catalog.values import allowed_values, check_value

__all__ = [
    "CORE",
    "NAMESPACE",
    "ComponentInfo",
    "Detection",
    "ImageUse",
    "Parameter",
    "PlatformInfo",
    "Port",
    "Stored",
    "allowed_values",
    "check_value",
    "component",
    "components",
    "composed",
    "detect_platform",
    "images",
    "overlay",
    "overlay_files",
    "packaged_set",
    "parameter_parts",
    "platform",
    "platform_parts",
    "platforms",
    "root",
    "with_required",
]
