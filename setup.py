from setuptools import setup  # pyproject.toml is the only declaration; Beam's --setup_file wants this file

setup()
