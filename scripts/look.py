"""Renders reports and figures in a real browser, to be looked at, and tells of every request that leaves a page.

    scripts/look.py OUT FILE.html FILE.svg ...

Writes to the folder OUT, for each page: as a desktop and as a phone show it, and as a printer without colour prints it;
for each figure: in colour and without. Exit status 1 when a page asks for anything beside itself.

Needs Debian's `chromium`, `imagemagick` (convert) and `poppler-utils` (pdftoppm). No test needs it.
"""

import json
import pathlib
import re
import subprocess
import sys
import tempfile

DESKTOP, PHONE, HEIGHT = 1200, 390, 4000

QUIET = [
    "--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update", "--disable-default-apps",
    # No name is found: neither a page nor the browser itself reaches anybody.
    "--host-resolver-rules=MAP * ~NOTFOUND",
]

# Who asks, where it is the browser itself and no page.
BROWSER = "not an origin"


def browse(url, *flags):
    """Opens a page in a browser of its own; gives the addresses that the page asked for."""
    with tempfile.TemporaryDirectory() as profile:
        log = pathlib.Path(profile, "net.json")
        command = ["chromium", *QUIET, f"--user-data-dir={profile}/user", f"--log-net-log={log}", *flags, url]
        subprocess.run(command, check=True, timeout=120, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        events = json.loads(log.read_text())["events"]
    asked = [event["params"] for event in events if "initiator" in event.get("params", {})]
    return {request["url"] for request in asked if request["initiator"] != BROWSER and "url" in request}


def shoot(url, picture, width, height):
    return browse(url, f"--window-size={width},{height}", f"--screenshot={picture}")


def grey(picture):
    subprocess.run(["convert", picture, "-colorspace", "Gray", picture.with_suffix(".grey.png")], check=True)


def figure(path, out):
    size = re.search(r'width="(\d+)" height="(\d+)"', path.read_text())
    picture = out / f"{path.stem}.png"
    shoot(path.as_uri(), picture, *size.groups())
    grey(picture)


def page(path, out):
    """Gives what the page asked for beside itself."""
    asked = shoot(path.as_uri(), out / f"{path.stem}.png", DESKTOP, HEIGHT)
    with tempfile.TemporaryDirectory() as folder:
        # A browser's window is wider than a phone; a frame inside it is not.
        frame = pathlib.Path(folder, "phone.html")
        frame.write_text(f'<body style="margin:0"><iframe src="{path.as_uri()}" width="{PHONE}" height="{HEIGHT}" '
                         'style="border:0"></iframe>')
        shoot(frame.as_uri(), out / f"{path.stem}.phone.png", PHONE + 110, HEIGHT)
        pdf = pathlib.Path(folder, "page.pdf")
        browse(path.as_uri(), f"--print-to-pdf={pdf}", "--no-pdf-header-footer")
        subprocess.run(["pdftoppm", "-gray", "-r", "60", "-png", pdf, out / f"{path.stem}.print"], check=True)
    return asked


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    out = pathlib.Path(sys.argv[1])
    out.mkdir(parents=True, exist_ok=True)
    left = set()
    for name in sys.argv[2:]:
        path = pathlib.Path(name).resolve()
        if path.suffix == ".svg":
            figure(path, out)
        else:
            left |= page(path, out)
    for url in sorted(left):
        print(f"asked for {url}")
    sys.exit(1 if left else 0)


if __name__ == "__main__":
    main()
