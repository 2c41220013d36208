"""A naming convention that changes every name."""

from dlt.common.normalizers.naming.snake_case import NamingConvention as SnakeCase


class NamingConvention(SnakeCase):
    """Snake case in capitals."""

    def normalize_identifier(self, identifier: str) -> str:
        return super().normalize_identifier(identifier).upper()

    @property
    def is_case_sensitive(self) -> bool:
        return True
