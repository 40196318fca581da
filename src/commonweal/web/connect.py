"""Connect text: what to paste into each client to read a dataset. It never holds a token."""

from .views import ConnectText

_AGREEMENT = "AGREEMENT"


def connect_open(url: str, dataset: str) -> tuple[ConnectText, ...]:
    """Return what reads an open dataset by its own addresses, for anybody.

    Args:
        url: the node's address as the reader reaches it, without a slash at its end.
        dataset: the dataset's identifier, `BODY/NAME`.
    """
    address = f"{url}/open/{dataset}"
    return (
        ConnectText("curl", "Saves the file in the current folder.", f"curl --fail --remote-name {address}.csv"),
        ConnectText(
            "pandas",
            "Parquet keeps the type of each field; it needs pyarrow.",
            f'import pandas\n\nrows = pandas.read_parquet("{address}.parquet")\nprint(rows)',
        ),
        ConnectText(
            "Spark",
            "Spark does not read web addresses by itself, so pandas fetches the file.",
            f'import pandas\n\nrows = spark.createDataFrame(pandas.read_parquet("{address}.parquet"))\nrows.show()',
        ),
        ConnectText("R", "Base R is enough.", f'rows <- read.csv("{address}.csv")\nstr(rows)'),
        ConnectText(
            "Power BI",
            "Get data, Blank query, Advanced editor. In Excel: Data, From web, and the address of the CSV.",
            "let\n"
            f'    Source = Csv.Document(Web.Contents("{address}.csv"), [Delimiter = ",", Encoding = 65001]),\n'
            "    Rows = Table.PromoteHeaders(Source, [PromoteAllScalars = true])\n"
            "in\n"
            "    Rows",
        ),
    )


def connect_shared(url: str, dataset: str) -> tuple[ConnectText, ...]:
    """Return what reads a dataset under an agreement, with the profile that the recipient holds as `agreement.share`.

    The agreement's identifier is to be put for `AGREEMENT`.

    Args:
        url: the node's address as the reader reaches it, without a slash at its end.
        dataset: the dataset's identifier, `BODY/NAME`.
    """
    schema, name = (each.replace("-", "_") for each in dataset.split("/", 1))
    table = f"agreement.share#{_AGREEMENT}.{schema}.{name}"
    address = f"{url}/api/v1/agreements/{_AGREEMENT}/data"
    return (
        ConnectText(
            "curl",
            "jq takes the token from the profile, so that it is neither in the command nor in its history. "
            "Write data.parquet or data.ndjson for those forms.",
            """jq --raw-output '"Authorization: Bearer " + .bearerToken' agreement.share |\n"""
            f"  curl --fail --header @- --output {name}.csv {address}.csv",
        ),
        ConnectText(
            "pandas",
            "Needs the delta-sharing package.",
            f'import delta_sharing\n\nrows = delta_sharing.load_as_pandas("{table}")\nprint(rows)',
        ),
        ConnectText(
            "Spark",
            "Needs the delta-sharing-spark package on the cluster.",
            f'rows = spark.read.format("deltaSharing").load("{table}")\nrows.show()',
        ),
        ConnectText(
            "R",
            "Needs the jsonlite package to read the profile.",
            'profile <- jsonlite::fromJSON("agreement.share")\n'
            f'download.file("{address}.csv", "{name}.csv",\n'
            '  headers = c(Authorization = paste("Bearer", profile$bearerToken)))\n'
            f'rows <- read.csv("{name}.csv")',
        ),
        ConnectText(
            "Power BI",
            "Get data, Delta Sharing. Paste this server address; the bearer token is in the profile.",
            f"{url}/delta-sharing/",
        ),
    )
