"""The little of HTTP that the machine decides by: media types, Retry-After, origins, header names and values.

Everything here works on bytes, so that it means the same in every runtime. Compiled to JavaScript, most have native
bodies (runtime/http.mjs): a regular expression is a tenth of the loop's size there.
"""

from wakeful.text import encode

TOKEN_CHARS = b"!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
# Fetch standard, "Methods": these are sent in upper case, however they are written; "patch" is not among them.
NORMALIZED_METHODS = [b"DELETE", b"GET", b"HEAD", b"OPTIONS", b"POST", b"PUT"]
# More than 12 digits count as this: as ms 31 years, and a thousand times as much is exact in every runtime.
LARGEST = 1_000_000_000_000
MONTHS = [b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec"]
YEAR_S = 31_556_952  # the mean of the calendar
WEEKDAYS = [b"Thu", b"Fri", b"Sat", b"Sun", b"Mon", b"Tue", b"Wed"]  # from 1970-01-01


def is_token(name: str) -> bool:  # native: isToken
    """RFC 9110, "Tokens": what a header's name and a method are made of."""
    return name != "" and encode(name).strip(TOKEN_CHARS) == b""


def normalized_method(method: str) -> str:  # native: normalizedMethod
    """Fetch standard, "normalize a method". Other methods differ by the case of their letters."""
    upper = method.encode("utf-8").upper()
    return upper.decode("ascii") if upper in NORMALIZED_METHODS else method


def is_field_value(value: str) -> bool:  # native: isFieldValue
    """RFC 9110, "Field Values": no control characters but the tab."""
    for byte in encode(value):
        if (byte < 0x20 and byte != 0x09) or byte == 0x7F:
            return False
    return True


def media_type(content_type: str) -> str:  # native: mediaType
    """The type without parameters, in lower case: "text/event-stream". "" where it is malformed.

    RFC 9110, "Media Type". A malformed one is not repeated: it may hold anything.
    """
    essence = encode(content_type).partition(b";")[0].strip(b" \t")
    kind, _, subtype = essence.partition(b"/")
    if kind == b"" or subtype == b"" or (kind + subtype).strip(TOKEN_CHARS) != b"" or len(essence) > 100:
        return ""
    return essence.lower().decode("ascii")


def digits(text: bytes) -> int:  # native: digits
    """A number of ASCII digits only, at the most LARGEST; -1 for anything else. int() alone takes "+5" and "1_0"."""
    if len(text) == 0:
        return -1
    for byte in text:
        if byte < 0x30 or byte > 0x39:
            return -1
    text = text.lstrip(b"0")
    return LARGEST if len(text) > 12 else int(b"0" + text)


def retry_after_ms(headers: dict[str, str], wall_s: int) -> int:
    """The delay that a Retry-After header asks for, in ms; 0 where it is absent, malformed or past.

    A date counts from the response's own Date, so that the two clocks need not agree; from wall_s where a browser
    hides Date. RFC 9110, "Retry-After".
    """
    value = headers.get("retry-after", "").encode("utf-8").strip(b" \t")
    seconds = digits(value)
    if seconds >= 0:
        return seconds * 1000
    date = parse_date(value, wall_s)
    now = parse_date(headers.get("date", "").encode("utf-8").strip(b" \t"), wall_s)
    if now < 0:
        now = wall_s
    return max(0, date - now) * 1000 if now > 0 else 0


def parse_date(value: bytes, now: int) -> int:  # native: parseDate
    """Seconds since 1970 of a date in any of HTTP's three forms, -1 for anything else. RFC 9110, "Date/Time Formats".

    A day that is not in the calendar, or is another weekday, is none; nor is a leap second. now: for years of two
    digits, in seconds since 1970.
    """
    value = _imf_fixdate(value, now)
    marks = value[3:5] + value[7:8] + value[11:12] + value[16:17] + value[19:20] + value[22:23] + value[25:]
    if marks != b",    :: GMT" or value[8:11] not in MONTHS:
        return -1
    month = MONTHS.index(value[8:11]) + 1
    year = digits(value[12:16])
    day = digits(value[5:7])
    hour = digits(value[17:19])
    minute = digits(value[20:22])
    second = digits(value[23:25])
    if year < 1970 or day < 1 or hour < 0 or hour > 23 or minute < 0 or minute > 59 or second < 0 or second > 59:
        return -1
    days = _days(year, month, day)
    if days >= _days(year, month + 1, 1) or value[:3] != WEEKDAYS[days % 7]:
        return -1
    return days * 86_400 + hour * 3600 + minute * 60 + second


def _imf_fixdate(value: bytes, now: int) -> bytes:
    """Like "Sun, 06 Nov 1994 08:49:37 GMT", from "Sun Nov  6 08:49:37 1994" (asctime) or RFC 850's "Sunday, 06-Nov-94
    08:49:37 GMT"; anything else as it is. A year of two digits is the latest that is at most 50 years ahead."""
    if len(value) == 24 and value[3:4] + value[7:8] + value[10:11] + value[19:20] == b"    ":
        day = value[8:10].replace(b" ", b"0")
        return value[:3] + b", " + day + b" " + value[4:7] + b" " + value[20:] + b" " + value[11:19] + b" GMT"
    name, _, rest = value.partition(b", ")
    if name.endswith(b"day") and b"," not in name and rest[2:3] + rest[6:7] == b"--":
        value = name[:3] + b", " + rest[:2] + b" " + rest[3:6] + b" " + rest[7:]
    year = digits(value[12:14])
    if year < 0 or value[14:15] != b" ":
        return value
    latest = 2020 + now // YEAR_S
    return value[:12] + f"{latest - (latest - year) % 100}".encode("ascii") + value[14:]


def _days(year: int, month: int, day: int) -> int:
    """Days since 1970-01-01 in the Gregorian calendar: the year is counted from March, so that leap days end it.
    Month 13 is the next January."""
    if month <= 2:
        year -= 1
        month += 12
    return 365 * year + year // 4 - year // 100 + year // 400 + (153 * (month - 3) + 2) // 5 + day - 1 - 719_468


def origin(url: str) -> str:  # native: originOf
    """scheme://host:port of an absolute http(s) URL in lower case, without a default port; "" for anything else.

    A URL with white space, a control character or a backslash has none, and so equals none: a backslash is a slash to a
    browser and a letter to Python.
    """
    raw = encode(url)
    for byte in raw:
        if byte <= 0x20 or byte == 0x7F or byte == 0x5C:
            return ""
    scheme, _, rest = raw.partition(b"://")
    scheme = scheme.lower()
    if scheme not in (b"http", b"https"):
        return ""
    host = rest.partition(b"/")[0].partition(b"?")[0].partition(b"#")[0].rpartition(b"@")[2].lower()
    if host == b"" or host.startswith(b":"):
        return ""
    default = b":443" if scheme == b"https" else b":80"
    if host.endswith(default):
        host = host[: -len(default)]
    return (scheme + b"://" + host).decode("utf-8")


def local_url(target: str, home: str) -> str:  # native: localUrl
    """An absolute URL of home's origin, from one, or from an absolute path; "" for anything else.

    What one URL parser takes for a path another takes for a host ("//evil", "/\\evil"), so only printable ASCII
    without a backslash is looked at, and nothing is resolved that would need a parser.
    """
    raw = encode(target)
    for byte in raw:
        if byte <= 0x20 or byte >= 0x7F or byte == 0x5C:
            return ""
    if raw.startswith(b"/") and not raw.startswith(b"//"):
        scheme, _, rest = home.encode("utf-8").partition(b"://")
        host = rest.partition(b"/")[0].partition(b"?")[0].partition(b"#")[0]
        target = (scheme + b"://" + host + raw).decode("utf-8")
    return target if origin(target) == origin(home) else ""
