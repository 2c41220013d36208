"""Credentials and settings, resolved by dlt from toml files and the environment. No I/O beyond that.

Everything lives under ``[sources.gong]``; environment variables are ``SOURCES__GONG__...``.
"""

from gong_source.config.credentials import GongCredentials
from gong_source.config.files import read_files
from gong_source.config.home import claim_folder
from gong_source.config.load import SECTIONS, load_setting, load_settings, load_webhook_settings
from gong_source.config.paths import make_folder, regular_file, replacing
from gong_source.config.settings import CALL_PARTS, CONTEXT_TIMINGS, GongSettings
from gong_source.config.urls import checked_base_url
from gong_source.config.webhook import WebhookSettings

__all__ = [
    "CALL_PARTS",
    "CONTEXT_TIMINGS",
    "SECTIONS",
    "GongCredentials",
    "GongSettings",
    "WebhookSettings",
    "checked_base_url",
    "claim_folder",
    "load_setting",
    "load_settings",
    "load_webhook_settings",
    "make_folder",
    "read_files",
    "regular_file",
    "replacing",
]
