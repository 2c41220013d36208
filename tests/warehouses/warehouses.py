"""The warehouses behind one face: a dlt destination to load into, a client library to ask with."""

from __future__ import annotations

import json
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import dlt
import duckdb
from dlt.common.destination import AnyDestination

from tests.warehouses.server import Server
from tests.warehouses.statements import OWN, BigQueryChecker, Checker, SnowflakeChecker

Row = dict[str, Any]
Ask = Callable[[str], list[Row]]
PROJECT = "proj"
DATABASE = "GONG_DB"
VARIANT = 5
"""The connector's code of the type VARIANT."""


class Warehouse(ABC):
    """One warehouse; datasets in it keep tests apart."""

    name: str
    server: Server | None = None
    checker: Checker | None = None

    @abstractmethod
    def destination(self) -> AnyDestination:
        """A fresh dlt destination."""

    @abstractmethod
    def variables(self) -> dict[str, str]:
        """The environment by which a command finds it."""

    @abstractmethod
    def session(self, dataset: str) -> AbstractContextManager[Ask]:
        """Gives rows of queries over a dataset, JSON decoded, names in lower case."""

    def query(self, dataset: str, sql: str) -> list[Row]:
        """Rows of one query, in a session of its own."""
        with self.session(dataset) as ask:
            return ask(sql)

    def wrong_statements(self) -> list[str]:
        """What is wrong with the statements that were sent since the last time."""
        return self.checker.problems(self.server.new_statements()) if self.server and self.checker else []


class DuckDb(Warehouse):
    """A DuckDB file."""

    name = "duckdb"

    def __init__(self, folder: Path) -> None:
        self._path = str(folder / "warehouse.duckdb")

    def destination(self) -> AnyDestination:
        return dlt.destinations.duckdb(self._path)

    def variables(self) -> dict[str, str]:
        return {"DESTINATION__DUCKDB__CREDENTIALS": self._path}

    @contextmanager
    def session(self, dataset: str) -> Iterator[Ask]:
        with duckdb.connect(self._path) as connection:
            connection.execute(f"SET TimeZone = 'UTC'; SET schema '{dataset}'")
            yield lambda sql: _duckdb_rows(connection.execute(sql))


class BigQuery(Warehouse):
    """BigQuery's emulator, through google-cloud-bigquery."""

    name = "bigquery"

    def __init__(self, server: Server, checker: BigQueryChecker, credentials: dict[str, str]) -> None:
        self.server = server
        self.checker = checker
        self._credentials = credentials

    def destination(self) -> AnyDestination:
        credentials: Any = json.dumps(self._credentials)
        return dlt.destinations.bigquery(credentials=credentials, location="EU")

    def variables(self) -> dict[str, str]:
        return {
            "DESTINATION__BIGQUERY__CREDENTIALS": json.dumps(self._credentials),
            "DESTINATION__BIGQUERY__LOCATION": "EU",
        }

    @contextmanager
    def session(self, dataset: str) -> Iterator[Ask]:
        from google.auth.credentials import AnonymousCredentials
        from google.cloud import bigquery

        assert self.server is not None
        options = {"api_endpoint": self.server.url}
        config = bigquery.QueryJobConfig(default_dataset=f"{PROJECT}.{dataset}")
        with bigquery.Client(PROJECT, AnonymousCredentials(), client_options=options) as client:
            yield lambda sql: [dict(row.items()) for row in client.query(OWN + sql, job_config=config).result()]


class Snowflake(Warehouse):
    """Snowflake's emulator, through snowflake-connector-python."""

    name = "snowflake"

    def __init__(self, server: Server, checker: SnowflakeChecker) -> None:
        self.server = server
        self.checker = checker

    def destination(self) -> AnyDestination:
        return dlt.destinations.snowflake(credentials=self._url())

    def variables(self) -> dict[str, str]:
        return {"DESTINATION__SNOWFLAKE__CREDENTIALS": self._url()}

    @contextmanager
    def session(self, dataset: str) -> Iterator[Ask]:
        import snowflake.connector

        connection = snowflake.connector.connect(
            user="fake",
            password="snow",
            account="fakesnow",
            host="127.0.0.1",
            port=self._port(),
            protocol="http",
            database=DATABASE,
            schema=dataset.upper(),
            warehouse="wh",
            role="r",
        )
        with closing(connection), closing(connection.cursor()) as cursor:

            def ask(sql: str) -> list[Row]:
                cursor.execute(OWN + sql)
                names = [column[0].lower() for column in cursor.description]
                decoded = {column[0].lower() for column in cursor.description if column[1] == VARIANT}
                return [_row(names, values, decoded) for values in cursor.fetchall()]

            yield ask

    def _url(self) -> str:
        url = f"snowflake://fake:snow@fakesnow/{DATABASE}?host=127.0.0.1&port={self._port()}&protocol=http"
        return f"{url}&warehouse=wh&role=r"

    def _port(self) -> int:
        assert self.server is not None
        return self.server.port


class DuckLake(Warehouse):
    """A DuckLake with its catalog in a SQLite file, in a process whose DuckDB has the extensions."""

    name = "ducklake"

    def __init__(self, folder: Path, extensions: Path) -> None:
        self._settings: dict[str, Any] = {"extension_directory": str(extensions), "threads": 1}
        self._catalog = folder / "lake.sqlite"
        self._storage = folder / "lake.files"

    def destination(self) -> AnyDestination:
        from dlt.destinations.impl.ducklake.configuration import DuckLakeCredentials

        credentials = DuckLakeCredentials(catalog=f"sqlite:///{self._catalog}", storage=str(self._storage))
        credentials.global_config = self._settings
        return dlt.destinations.ducklake(credentials=credentials)

    def variables(self) -> dict[str, str]:
        section = "DESTINATION__DUCKLAKE__CREDENTIALS"
        return {
            f"{section}__CATALOG": f"sqlite:///{self._catalog}",
            f"{section}__STORAGE__BUCKET_URL": str(self._storage),
            f"{section}__GLOBAL_CONFIG": json.dumps(self._settings),
        }

    @contextmanager
    def connection(self, dataset: str) -> Iterator[duckdb.DuckDBPyConnection]:
        """The lake, for SQL; it is called ``lake`` there."""
        with duckdb.connect(config=self._settings) as connection:
            connection.execute(
                f"ATTACH 'ducklake:{self._catalog}' AS lake (DATA_PATH '{self._storage}', META_TYPE 'sqlite', "
                f"META_JOURNAL_MODE 'WAL', META_BUSY_TIMEOUT 1000); USE lake.{dataset}; SET TimeZone = 'UTC'"
            )
            yield connection
            connection.execute("USE memory; DETACH lake")

    @contextmanager
    def session(self, dataset: str) -> Iterator[Ask]:
        with self.connection(dataset) as connection:
            yield lambda sql: _duckdb_rows(connection.execute(sql))


class Postgres(Warehouse):
    """A PostgreSQL server, through psycopg2."""

    name = "postgres"

    def __init__(self, url: str) -> None:
        self._url = url

    def destination(self) -> AnyDestination:
        return dlt.destinations.postgres(credentials=self._url)

    def variables(self) -> dict[str, str]:
        return {"DESTINATION__POSTGRES__CREDENTIALS": self._url}

    @contextmanager
    def session(self, dataset: str) -> Iterator[Ask]:
        import psycopg2

        options = f"-c search_path={dataset} -c TimeZone=UTC"
        with closing(psycopg2.connect(self._url, options=options)) as connection, connection.cursor() as cursor:

            def ask(sql: str) -> list[Row]:
                cursor.execute(sql)
                names = [column.name for column in cursor.description or ()]
                return [_row(names, values, set()) for values in cursor.fetchall()]

            yield ask


def _duckdb_rows(cursor: duckdb.DuckDBPyConnection) -> list[Row]:
    names = [column[0].lower() for column in cursor.description]
    decoded = {column[0].lower() for column in cursor.description if column[1] == "JSON"}
    return [_row(names, values, decoded) for values in cursor.fetchall()]


def _row(names: list[str], values: Any, decoded: set[str]) -> Row:
    """A row by name; JSON that comes as text is decoded."""
    pairs = zip(names, values, strict=True)
    return {name: json.loads(value) if name in decoded and value is not None else value for name, value in pairs}


@contextmanager
def service_account() -> Iterator[dict[str, str]]:
    """A Google service account whose tokens a local server gives."""
    from cryptography.hazmat.primitives.asymmetric import rsa
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    class Tokens(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.dumps({"access_token": "made-up", "expires_in": 3600, "token_type": "Bearer"}).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    # the key is checked at each connection, which took a quarter of a test where it had the usual 2048 bits
    key = rsa.generate_private_key(public_exponent=65537, key_size=1024)
    with ThreadingHTTPServer(("127.0.0.1", 0), Tokens) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield {
            "type": "service_account",
            "project_id": PROJECT,
            "client_email": f"loader@{PROJECT}.iam.gserviceaccount.com",
            "private_key_id": "1",
            "private_key": key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode(),
            "token_uri": f"http://127.0.0.1:{server.server_address[1]}/token",
        }
        server.shutdown()
        thread.join()
