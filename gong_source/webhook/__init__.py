"""Gong's webhooks: verified, received, kept in an inbox."""
