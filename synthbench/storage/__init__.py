"""Files on disk: atomic writes (``files``), folder locks (``lock``), downloads (``download``), and parsing of untrusted
content (``strict_json``, ``model``). Folders at an address: access (``remote``), the local copy (``copy``), and reading
while files are downloaded (``arriving``)."""
