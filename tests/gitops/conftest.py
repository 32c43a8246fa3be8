from tests.project.conftest import pristine, project

__all__ = ["pristine", "project"]
