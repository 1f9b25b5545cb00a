"""Synthetic partners: feed layouts as data, and partners that answer over SFTP as the real ones would."""
