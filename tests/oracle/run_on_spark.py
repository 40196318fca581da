"""Runs queries on Spark over Parquet files: `run_on_spark.py JOB`; the answers go to standard output as JSON.

JOB is a JSON file: `views` names each relation and its Parquet file, `queries` are Spark SQL by their names.
"""

import json
import sys
from pathlib import Path

from pyspark.sql import SparkSession  # type: ignore[import-not-found]  # of .venv-spark alone


def main() -> None:
    job = json.loads(Path(sys.argv[1]).read_text("utf-8"))
    settings = {
        "spark.ui.enabled": "false",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.shuffle.partitions": "2",
        "spark.sql.codegen.wholeStage": "false",
        "spark.sql.warehouse.dir": str(Path(sys.argv[1]).parent / "warehouse"),
    }
    builder = SparkSession.builder.master("local[2]").appName("oracle")
    for name, value in settings.items():
        builder = builder.config(name, value)
    spark = builder.getOrCreate()
    for name, path in job["views"].items():
        spark.read.parquet(path).createOrReplaceTempView(name)
    answers = {name: [list(row) for row in spark.sql(query).collect()] for name, query in job["queries"].items()}
    sys.stdout.write(json.dumps({"answers": answers}, default=str) + "\n")
    spark.stop()


main()
