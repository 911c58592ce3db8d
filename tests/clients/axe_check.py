#!/usr/bin/env python3
"""Checks pages for accessibility with axe-core in Chromium, and that nothing is wider than the window at 400 % zoom.

Usage: axe_check.py BASE PATH...
Every page is looked at as it is served, at 1280 and at 320 CSS pixels (WCAG 2.1, 1.4.10: 1280 pixels at 400 %).
Prints one line of JSON: pages, rules that were passed, violations, and pages that need to be scrolled sideways.
Exit code 1 if there is one of either.
"""

import importlib.util
import html
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import urllib.request

FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update", "--disable-dev-shm-usage",
    "--virtual-time-budget=30000",
]
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
WIDTHS = [1280, 320]
# The page is put into a frame of the wanted width, and what was found is copied out of it.
OUTER = """<!DOCTYPE html><html lang="en"><title>frame</title><body>
<iframe width="{width}" height="2000" srcdoc="{page}"></iframe><pre id="found"></pre>
<script>
addEventListener("message", event => {{ document.getElementById("found").textContent = event.data; }});
</script></body></html>"""
INNER = """<script>{axe}</script><script>
addEventListener("load", () => axe.run(document, {{ runOnly: {tags} }}).then(found => {{
  const root = document.documentElement;
  const wide = [...document.querySelectorAll("body *")].filter(e => e.getBoundingClientRect().right > root.clientWidth + 1)
    .filter(e => !e.closest(".scroll, pre")).slice(0, 8).map(e => e.outerHTML.slice(0, 120));
  parent.postMessage(JSON.stringify({{
    passes: found.passes.length,
    sideways: root.scrollWidth > root.clientWidth ? wide : null,
    violations: found.violations.map(rule => ({{ rule: rule.id, impact: rule.impact, help: rule.help,
      nodes: rule.nodes.slice(0, 3).map(node => node.html.slice(0, 200)) }})),
  }}), "*");
}}, error => parent.postMessage(JSON.stringify({{ failed: String(error) }}), "*")));
</script>"""


def axe():
    """The text of axe-core, which must not end the element that it is put into."""
    folder = pathlib.Path(importlib.util.find_spec("axe_playwright_python").origin).parent
    return (folder / "axe.min.js").read_text(encoding="utf-8").replace("</script", "<\\/script")


def looked_at(base, path, width, library, folder):
    """What axe-core finds in one page at one width."""
    request = urllib.request.Request(base + path, headers={"Accept": "text/html"})
    with urllib.request.urlopen(request) as answer:
        page = answer.read().decode("utf-8")
    inner = INNER.format(axe=library, tags=json.dumps(TAGS))
    page = re.sub(r"<head>", lambda _: f'<head><base href="{base}{path}">', page, count=1)
    page = page.replace("</body>", inner + "</body>")
    file = folder / "page.html"
    file.write_text(OUTER.format(width=width, page=html.escape(page)), encoding="utf-8")
    words = ["chromium", *FLAGS, f"--user-data-dir={folder / 'profile'}", "--window-size=1400,2100", "--dump-dom"]
    said = subprocess.run([*words, file.as_uri()], capture_output=True, text=True, timeout=120, check=False).stdout
    found = re.search(r'<pre id="found">(.*?)</pre>', said, re.DOTALL)
    text = html.unescape(found.group(1)) if found else ""
    return json.loads(text) if text else {"failed": "nothing was found in time"}


def main():
    base, paths = sys.argv[1].rstrip("/"), sys.argv[2:]
    library, passes, violations, sideways = axe(), 0, [], []
    with tempfile.TemporaryDirectory() as scratch:
        for path in paths:
            for width in WIDTHS:
                found = looked_at(base, path, width, library, pathlib.Path(scratch))
                where = {"page": path, "width": width}
                if "failed" in found:
                    violations.append({**where, "rule": "not-run", "help": found["failed"]})
                    continue
                passes += found["passes"]
                violations += [{**where, **violation} for violation in found["violations"]]
                if found["sideways"] is not None:
                    sideways.append({**where, "elements": found["sideways"]})
    print(json.dumps({"pages": len(paths), "passes": passes, "violations": violations, "sideways": sideways}))
    sys.exit(1 if violations or sideways else 0)


if __name__ == "__main__":
    main()
