"""The CSV file that the claims about sources read: about 100 bytes a row, nine fields, generated in a stream."""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import duckdb

from benchmarks.shelf import ROWS_SQL

CONTRACT = """
apiVersion: v3.1.0
kind: DataContract
id: uk.example.claims
name: Claims
version: 1.0.0
status: active
schema:
- name: claims
  logicalType: object
  properties:
  - {name: person_id, logicalType: integer, required: true, unique: true, classification: personal}
  - {name: nhs_number, logicalType: string, required: true, classification: personal,
     logicalTypeOptions: {pattern: '[0-9]{10}'}}
  - {name: born, logicalType: date, required: true, classification: personal}
  - {name: claimed, logicalType: date, required: true, classification: personal}
  - {name: authority, logicalType: string, required: true, classification: personal}
  - {name: benefit, logicalType: string, required: true, classification: personal}
  - {name: award, logicalType: number, classification: personal, logicalTypeOptions: {minimum: 0}}
  - {name: live, logicalType: boolean, classification: personal}
  - {name: reference, logicalType: string, classification: personal}
"""
"""What the file promises: types of every field, six that are required, one unique, a pattern and a least value."""


def write_source(path: Path, rows: int) -> None:
    """Write the file with so many rows: 10 million are 0.99 GB."""
    query = ROWS_SQL.format(rows=rows).replace("AS live", "AS live, md5(i::VARCHAR) AS reference")
    with duckdb.connect() as connection:
        connection.execute("SET enable_progress_bar = false")
        connection.execute(f"COPY ({query}) TO '{path}' (HEADER)")


def run_python(program: str, *arguments: str) -> int:
    """Run a program of Python's in a process of its own and return the most bytes of memory that it held."""
    return run_command([sys.executable, "-c", program, *arguments])


def run_command(command: Sequence[str]) -> int:
    """Run a command, without what it prints, and return the most bytes of memory that it held."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{command[0]} ended with {process.returncode}")
    return used.ru_maxrss * 1024
