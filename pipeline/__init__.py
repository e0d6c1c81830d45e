"""Runners, buckets, files and the command line around the transforms."""
