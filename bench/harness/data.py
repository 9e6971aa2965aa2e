"""Exports and their files. They are created once per work folder and are always the same."""

import gzip
import random
import uuid
from datetime import datetime, timedelta, timezone

RECORDS_PER_EXPORT = 15_432
"""As in the API's own example, with a file of 2.5 MB."""
DISTINCT_ROWS = 20_000
"""More than the window of the compressor."""
LEVEL = 6


class Data:

    def __init__(self, work):
        self.files = work / "files"
        self.files.mkdir(exist_ok=True)

    def usual(self):
        """64 distinct files of 15,432 records each, 2.5 MB compressed."""
        names = [f"usual-{number}.csv.gz" for number in range(64)]
        for number, name in enumerate(names):
            self._make(name, number * RECORDS_PER_EXPORT, RECORDS_PER_EXPORT)
        return names

    def million(self):
        """One file of 1,000,000 records, 160 MB compressed, 425 MB expanded."""
        return self._make("million.csv.gz", 0, 1_000_000)

    def small(self):
        """200 distinct files of 2 kB."""
        names = [f"small-{number}.csv.gz" for number in range(200)]
        for number, name in enumerate(names):
            self._make(name, number * 10, 10)
        return names

    def huge(self):
        """5 GB: the million's file 31 times. The result is also a valid gzip file."""
        path = self.files / "huge.csv.gz"
        if not path.exists():
            part = (self.files / self.million()).read_bytes()
            with open(path.with_suffix(".part"), "wb") as out:
                for _ in range(31):
                    out.write(part)
            path.with_suffix(".part").rename(path)
        return path.name

    def _make(self, name, first, count):
        path = self.files / name
        if not path.exists():
            with gzip.open(path.with_suffix(".part"), "wb", LEVEL) as out:
                out.write(HEADER)
                for start in range(first, first + count, 1000):
                    rows = range(start, min(start + 1000, first + count))
                    out.write(b"".join(b"%032x" % (row * 0x9E3779B97F4A7C15F39CC0605CEDC835 % 2**128)
                                       + self._rows()[row % DISTINCT_ROWS] for row in rows))
            path.with_suffix(".part").rename(path)
        return name

    _made_rows = None

    def _rows(self):
        if self._made_rows is None:
            draw = random.Random(1)
            self._made_rows = [_row(draw) for _ in range(DISTINCT_ROWS)]
        return self._made_rows

    def exports(self, nginx, files, count, records=None, folder="files", expired=False, name="properties_export", hours=1,
                seconds=1):
        """Completed exports with one file each, newest first. The files are used in turn. The newest export was created so
        many hours ago, and the others at this distance in seconds before."""
        now = datetime.now(timezone.utc)
        entries = []
        for number in range(count):
            file = files[number % len(files)]
            size = (self.files / file).stat().st_size
            created = now - timedelta(hours=hours, seconds=seconds * number)
            url = {"filename": "properties_export_2026-02-17.csv.gz", "size": size,
                   "url": nginx.url(f"{folder}/{file}?signature={number}")}
            entries.append({
                "export_id": str(uuid.uuid4()),
                "status": "completed", "name": name, "progress": 100, "progress_stage": "Complete",
                "record_count": records, "file_size": size,
                "download_urls": None if expired else [url],
                "created_at": _text(created), "updated_at": _text(created + timedelta(seconds=34)),
                "expires_at": _text(created + timedelta(days=-1 if expired else 7))})
        return entries


HEADER = (b"parcel_id,owner_first_name,owner_last_name,owner_email,owner_phone,property_address,property_city,"
          b"property_state,property_zip,latitude,longitude,estimated_value,year_built,square_feet,last_sale_date,"
          b"mortgage_lender,legal_description,notes\n")


def _row(draw):
    """A row without its parcel_id, about as compressible as real property data."""
    def word(low, high):
        return "".join(draw.choices("etaoinshrdlucmfwygpbvk", k=draw.randint(low, high))).capitalize()

    first, last, city = word(4, 8), word(5, 10), word(5, 12)
    fields = [
        "", first, last, f"{first}.{last}@example.com".lower(), f"+1-555-{draw.randint(0, 9999999):07}",
        f"{draw.randint(1, 19999)} {word(5, 12)} {draw.choice(['Street', 'Avenue', 'Road', 'Lane', 'Court'])}",
        city, draw.choice("AL AZ CA CO FL GA IL IN KS MA MI MN NC NV NY OH OR PA TN TX UT VA WA".split()),
        f"{draw.randint(10000, 99999)}", f"{draw.uniform(25, 48):.6f}", f"{-draw.uniform(70, 124):.6f}",
        f"{draw.randint(40, 2500) * 1000}", f"{draw.randint(1900, 2024)}", f"{draw.randint(600, 6000)}",
        f"{draw.randint(1980, 2025)}-{draw.randint(1, 12):02}-{draw.randint(1, 28):02}",
        f"{word(4, 9)} {draw.choice(['Bank', 'Mortgage Company', 'Savings and Loan', 'Credit Union'])}",
        f'"LOT {draw.randint(1, 99)}, BLOCK {draw.randint(1, 40)}, {word(5, 12).upper()} SUBDIVISION, PLAT BOOK '
        f'{draw.randint(1, 300)}, PAGE {draw.randint(1, 200)}, RECORDED"',
        " ".join(draw.choice(["vacant owner occupied absentee", "tax delinquent since", "inherited property",
                              "high equity", "pre-foreclosure notice", "long-term owner"]) + " " + word(3, 9)
                 for _ in range(5)),
    ]
    return (",".join(fields) + "\n").encode()


def _text(time):
    return time.strftime("%Y-%m-%dT%H:%M:%S.") + f"{time.microsecond // 1000:03}Z"
