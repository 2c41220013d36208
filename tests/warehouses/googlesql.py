"""Google's parser and analyzer of SQL (the package zetasql), which run as WebAssembly: compiled once, kept, and asked
without the package's own conversions, which take most of its time."""

from __future__ import annotations

from typing import Any

from tests.warehouses.environments import HOME, locked

TYPE_KINDS = {"FLOAT64": "DOUBLE"}
"""Names of types that zetasql calls otherwise."""


class GoogleSql:
    """Judges one statement after the other, over tables that grow."""

    def __init__(self) -> None:
        from zetasql.types import AnalyzerOptions, LanguageOptions

        prepare_service()
        self._language = LanguageOptions.maximum_features()
        self._language.supported_statement_kinds = []  # all of them
        options = AnalyzerOptions(language_options=self._language)
        options.parameter_mode = 1  # by position
        options.allow_undeclared_parameters = True
        self._options = options.to_proto()
        self._catalog: int | None = None

    def parse(self, statement: str) -> str | None:
        """What the parser objects to.

        Args:
            statement: One statement.
        """
        from zetasql.wasi._pb2.zetasql.local_service import local_service_pb2 as messages

        language = self._language.to_proto()
        request = messages.ParseRequest(sql_statement=f"{statement};", options=language, allow_script=True)
        try:
            self._ask("Parse", request, messages.ParseResponse)
        except Exception as error:
            return f"BigQuery's parser: {error}"
        return None

    def analyze(self, statement: str, tables: dict[str, dict[str, str]]) -> str | None:
        """What the parser or the analyzer objects to.

        Args:
            statement: One statement.
            tables: Types of columns, by name, by table; kept until ``forget_tables``.
        """
        try:
            self._analyzed(statement, tables)
        except Exception as error:
            return f"BigQuery's analyzer: {error}"
        return None

    def columns_of(self, view: str, tables: dict[str, dict[str, str]]) -> dict[str, str]:
        """Types of a view's columns, by name.

        Args:
            view: The statement that makes it.
            tables: As above.
        """
        from zetasql.types import TypeKind

        made = self._analyzed(view, tables).resolved_statement.resolved_create_statement_node
        columns = made.resolved_create_view_base_node.resolved_create_view_stmt_node.parent.output_column_list
        return {each.name: TypeKind(each.column.type.type_kind).name.removeprefix("TYPE_") for each in columns}

    def _analyzed(self, statement: str, tables: dict[str, dict[str, str]]) -> Any:
        from zetasql.wasi._pb2.zetasql.local_service import local_service_pb2 as messages

        if self._catalog is None:
            request = messages.RegisterCatalogRequest(simple_catalog=self._simple_catalog(tables).to_proto())
            self._catalog = self._ask("RegisterCatalog", request, messages.RegisterResponse).registered_id
        request = messages.AnalyzeRequest(
            sql_statement=statement, options=self._options, registered_catalog_id=self._catalog
        )
        return self._ask("Analyze", request, messages.AnalyzeResponse)

    def forget_tables(self) -> None:
        """Take the tables anew at the next statement."""
        from zetasql.wasi._pb2.zetasql.local_service import local_service_pb2 as messages

        if self._catalog is not None:
            self._ask("UnregisterCatalog", messages.UnregisterRequest(registered_id=self._catalog))
            self._catalog = None

    def _ask(self, function: str, request: Any, *answer: Any) -> Any:
        from zetasql.core.local_service import ZetaSqlLocalService

        return ZetaSqlLocalService.get_instance().wasm_client.call_grpc_func(
            f"ZetaSqlLocalService_{function}", request, *answer
        )

    def _simple_catalog(self, tables: dict[str, dict[str, str]]) -> Any:
        from zetasql.api import CatalogBuilder, TableBuilder
        from zetasql.types import TypeKind, ZetaSQLBuiltinFunctionOptions

        functions = ZetaSQLBuiltinFunctionOptions(language_options=self._language)
        catalog = CatalogBuilder("warehouse").with_builtin_functions(functions)
        for name, columns in tables.items():
            table = TableBuilder(name)
            for column, kind in columns.items():
                table = table.add_column(column, getattr(TypeKind, f"TYPE_{TYPE_KINDS.get(kind, kind)}"))
            catalog = catalog.add_table(table.build())
        return catalog.build()


def prepare_service() -> None:
    """Compile the package's service, which takes 25 CPU seconds, once: the result is kept beside the emulators."""
    import wasmtime
    from zetasql.core import wasm_client
    from zetasql.core.local_service import ZetaSqlLocalService

    settings = HOME / "zetasql.toml"

    def config() -> wasmtime.Config:
        made = wasmtime.Config()
        made.cache = str(settings)
        return made

    with locked("zetasql"):
        settings.write_text(f'[cache]\ndirectory = "{HOME / "zetasql"}"\n', encoding="utf-8")
        wasm_client.Config = config
        ZetaSqlLocalService.get_instance()


def forget_service() -> None:
    """Free the service; left to the end of the process, its parts are freed in an order that prints errors."""
    from zetasql.core.local_service import ZetaSqlLocalService

    if hasattr(ZetaSqlLocalService, "_instance"):
        del ZetaSqlLocalService._instance
