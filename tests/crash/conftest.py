"""The same tenants as the pipeline tests have."""

from tests.pipeline.conftest import make_tenant

__all__ = ["make_tenant"]
