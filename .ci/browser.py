#!/usr/bin/env python3
"""Opens lesson pages in a headless Chromium as their readers would, and looks at what they show.

    .ci/browser.py DIRECTORY [--screenshots FOLDER]

The directory holds what `Lesson --all` wrote, and large.html and folded.html of two long chains.
"""
import os
import re
import sys

from chromium import Browser

# What has to be read in the boxes at the end: value and gradient by label.
EXPECTED = {
    "gate": {"x": "−2 −4", "y": "5 −4", "z": "−4 3", "q": "3 −4", "f": "−12 1"},
    "gates": {"x": "3 −8", "y": "−4 6", "z": "2 2", "w": "−1 0", "mul": "−12 2", "max": "2 2", "sum": "−10 2", "out": "−20 1"},
    "neuron": {
        "w0": "2 −0.196612", "x0": "−1 0.393224", "w1": "−3 −0.393224", "x1": "−2 −0.589836", "w2": "−3 0.196612",
        "w0·x0": "−2 0.196612", "w1·x1": "6 0.196612", "sum": "4 0.196612", "dot": "1 0.196612", "−dot": "−1 −0.196612",
        "exp": "0.367879 −0.534447", "1 + exp": "1.367879 −0.534447", "p": "0.731059 1"},
    "sigmoid": {"w0": "2 −0.196612", "x1": "−2 −0.589836", "dot": "1 0.196612", "p": "0.731059 1"},
    # The gradient by y is 1.59223275148…
    "staged": {"x": "3 2.0595698", "y": "−4 1.5922328", "f": "1.5456449 1"},
    "shopping": {
        "apple price": "100 2.2", "apples": "2 110", "orange price": "150 3.3", "oranges": "3 165", "tax": "1.1 650",
        "price": "715 1"},
    "adding": {"a": "3 4", "b": "6 2", "c": "12 1"},
    "micrograd": {"a": "−4 138.8338", "b": "2 645.5773", "g": "24.7041 1"},
    "goldstein-price": {"x": "1 −5376", "y": "1 8064"},
    "broadcast": {"x": "[2×3] [2×3]", "b": "[3] [3]", "loss": "128.5 1"},
    "matrices": {"W": "[5×10] [5×10]", "X": "[10×3] [10×3]", "D": "[5×3] [5×3]"},
    "softmax": {"scores": "[1×3] [1×3]"},
    "svm": {"scores": "[3] [3]", "loss": "8 1"},
    "convolution": {"image": "[1×1×5×5] [1×1×5×5]", "filter": "[1×1×3×3] [1×1×3×3]"},
    "lenet": {"loss": "3.3987 1"},
}

BOXES = """Object.fromEntries([...document.querySelectorAll("#graph .box.input, #graph .box.operation")].map((box) =>
    [box.getAttribute("aria-label"), ["value", "gradient"].map((kind) => box.querySelector("." + kind).textContent).join(" ")]))"""

failures = []


def expect(holds, what):
    if not holds:
        failures.append(what)
        print("  ✗", what)


def read(browser, selector):
    return browser.evaluate(f"document.querySelector({selector!r})?.textContent ?? ''")


def steps(browser):
    return browser.evaluate("Number(document.getElementById('slider').max)")


def stands_at(browser, step):
    return browser.evaluate(f"location.hash.startsWith('#step={step}') && Number(document.getElementById('slider').value) === {step}")


def check_page(browser, folder, name):
    """To the end and back by keys, as a reader steps, and what is read there."""
    browser.set_window(1280, 860)
    browser.open(f"file://{folder}/{name}.html")
    total = steps(browser)
    start = browser.evaluate(BOXES)
    expect(total > 2, f"{name}: {total} steps")
    for _ in range(min(total, 80)):
        browser.press("ArrowRight")
    if total > 80:
        expect(stands_at(browser, 80), f"{name}: 80 keys, and the address says {browser.evaluate('location.hash')}")
        browser.press("End")
    expect(stands_at(browser, total), f"{name}: the end, and the address says {browser.evaluate('location.hash')}")
    browser.evaluate("document.querySelector('#crumbs button')?.click()")
    boxes = browser.evaluate(BOXES)
    for label, numbers in EXPECTED[name].items():
        expect(boxes.get(label) == numbers, f"{name}: {label} shows {boxes.get(label)}, not {numbers}")
    expect(read(browser, "#step").endswith("Every node has its gradient."), f"{name}: at the end: {read(browser, '#step')[-60:]}")
    for _ in range(min(total, 80)):
        browser.press("ArrowLeft")
    browser.press("Home")
    expect(stands_at(browser, 0), f"{name}: back at the start, and the address says {browser.evaluate('location.hash')}")
    browser.evaluate("document.querySelector('#crumbs button')?.click()")
    expect(browser.evaluate(BOXES) == start, f"{name}: the start looks otherwise when one comes back to it")
    # Somewhere in the middle, by the address.
    browser.evaluate("location.hash = '#step=2'; new Promise((done) => setTimeout(done, 50))")
    expect(stands_at(browser, 2), f"{name}: the address #step=2 leads elsewhere")
    for label, count in [("a phone", 390), ("a small phone", 320)]:
        browser.set_window(count, 800)
        width = browser.evaluate("document.documentElement.scrollWidth")
        expect(width <= count, f"{name}: on {label} the page is {width} wide")
    check_names(browser, name)
    expect(browser.complaints() == [], f"{name}: {browser.complaints()}")


def check_names(browser, name):
    """What a screen reader meets has a name."""
    for node in browser.send("Accessibility.getFullAXTree")["nodes"]:
        role = node.get("role", {}).get("value")
        if role in ("button", "slider", "checkbox", "combobox", "textbox") and not node.get("ignored"):
            expect(node.get("name", {}).get("value", "").strip(), f"{name}: a {role} without a name")


def check_quiz(browser, folder):
    browser.set_window(1280, 860)
    browser.open(f"file://{folder}/neuron.html#step=9")
    browser.evaluate("document.getElementById('predict').click()")
    browser.evaluate("document.activeElement.blur()")
    browser.press("ArrowRight")
    expect(read(browser, "#step .outcome") == "?", "quiz: the outcome is shown before it is asked for")
    expect(stands_at(browser, 9), "quiz: the step is done before it is answered")
    browser.type("-0.53")
    browser.press("Enter")
    expect("Right" in read(browser, "#step .verdict"), f"quiz: −0.53 is judged {read(browser, '#step .verdict')}")
    expect(stands_at(browser, 10), "quiz: the step is not done after the answer")
    browser.evaluate("document.activeElement.blur()")
    browser.press("ArrowRight")
    browser.type("7")
    browser.press("Enter")
    expect("Not quite. 1 of 2" in read(browser, "#step .verdict"), f"quiz: 7 is judged {read(browser, '#step .verdict')}")
    expect(browser.complaints() == [], f"quiz: {browser.complaints()}")


def check_wrong_walks(browser, folder):
    browser.open(f"file://{folder}/adding.html")
    for walk, found in [(1, "1"), (2, "2"), (3, "6")]:
        browser.evaluate(f"location.hash = '#step=99&walk={walk}'; new Promise((done) => setTimeout(done, 50))")
        cells = browser.evaluate("[...document.querySelectorAll('#step .checks td')].map((cell) => cell.textContent)")
        expect(cells == [found, "4"], f"wrong walk {walk}: {cells}")
        expect(len(read(browser, "#explanation")) > 40, f"wrong walk {walk}: no explanation")
    expect(browser.complaints() == [], f"wrong walks: {browser.complaints()}")


def check_elements(browser, folder):
    """Choosing an element of a convolution's result lights up its receptive field."""
    browser.set_window(1280, 860)
    browser.open(f"file://{folder}/convolution.html#step=1")
    lit = "[...document.querySelectorAll('#node td.lit')].map((cell) => Number(cell.dataset.index))"
    first = browser.evaluate(lit)
    expect(first == [0, 1, 2, 5, 6, 7, 10, 11, 12] + list(range(9)) + [0], f"convolution: lit are {first}")
    browser.evaluate("[...document.querySelectorAll('#node td')].find((cell) => cell.dataset.index === '8').click()")
    last = browser.evaluate(lit)
    expect(last[:9] == [12, 13, 14, 17, 18, 19, 22, 23, 24], f"convolution: of the last element lit are {last}")
    sum_text = read(browser, "#node .sum").replace("−", "-")
    terms, result = sum_text.rsplit(" = ", 1)
    expect(terms.count("·") == 9, f"convolution: {sum_text}")
    expect(eval(terms.replace("·", "*")) == float(result), f"convolution: {sum_text} does not add up")
    # By keys inside the table, without leaving the step.
    browser.evaluate("document.querySelector('#node td.pick').focus()")
    browser.press("ArrowLeft")
    expect(browser.evaluate("document.querySelector('#node td.pick').dataset.index") == "7", "convolution: ← does not move in the table")
    expect(stands_at(browser, 1), "convolution: ← in the table moved the step")
    expect(browser.complaints() == [], f"convolution: {browser.complaints()}")


def check_folding(browser, folder):
    browser.open(f"file://{folder}/lenet.html")
    names = "[...document.querySelectorAll('#graph .fold .name')].map((text) => text.textContent)"
    expect(browser.evaluate(names) == ["conv1", "conv2", "fc1", "fc2", "fc3"], f"lenet: folded are {browser.evaluate(names)}")
    browser.evaluate("document.querySelector('#graph .fold').focus()")
    browser.press("Enter")
    expect("conv1.weight" in browser.evaluate("document.getElementById('graph').textContent"), "lenet: Enter does not open conv1")
    browser.evaluate("document.querySelector('#crumbs button').click()")
    expect(len(browser.evaluate(names)) == 5, "lenet: the way back does not lead to the whole")
    expect(browser.complaints() == [], f"lenet: {browser.complaints()}")


def check_decimals_and_checks(browser, folder):
    browser.open(f"file://{folder}/neuron.html#step=21")
    browser.evaluate("const box = document.getElementById('decimals'); box.value = '2'; box.dispatchEvent(new Event('change'))")
    boxes = browser.evaluate(BOXES)
    expect(boxes["exp"] == "0.37 −0.53" and boxes["p"] == "0.73 1", f"two decimals: {boxes['exp']}, {boxes['p']}")
    browser.evaluate("document.querySelector('#graph .box[aria-label=\"exp\"]').dispatchEvent(new MouseEvent('click', { bubbles: true }))")
    expect("✓ agree" in read(browser, "#node .checks"), f"numeric beside analytic: {read(browser, '#node .checks')}")
    exact = browser.evaluate("document.querySelector('#node dd.v .num').title")
    expect(exact.startswith("exactly 0.3678794411714423"), f"on hover: {exact}")


def check_nothing_is_told_early(browser, folder):
    """A node that is not computed yet shows its rule in symbols, and no number."""
    browser.open(f"file://{folder}/gate.html")
    text = read(browser, "#node")
    expect("∂(a · b)/∂a = b" in text and "not computed yet" in text, f"at the start: {text}")
    expect(not re.search(r"[0-9]", text), f"at the start a number is told: {text}")


def check_print(browser, folder):
    browser.open(f"file://{folder}/gate.html")
    browser.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    cards = browser.evaluate("document.querySelectorAll('#strip li').length")
    pictures = browser.evaluate("document.querySelectorAll('#strip li svg').length")
    expect(cards == pictures == 7, f"on paper: {cards} steps, {pictures} pictures")
    text = read(browser, "#strip")
    expect("1 × (−4) = −4" in text and "−2 + 5 = 3" in text, f"on paper: {text[:200]}")
    data = browser.send("Page.printToPDF")["data"]
    expect(len(data) > 10_000, "on paper: nothing")


def check_escaping(browser, folder):
    """A name from the program is text for the script too."""
    with open(f"{folder}/gate.html", encoding="utf-8") as file:
        page = file.read()
    name = "\\u003cimg src=x onerror=window.hacked=1>"
    renamed = re.sub(r'"(label|name)":"q"', lambda match: f'"{match[1]}":"{name}"', page).replace('"f passes on to q"', f'"f passes on to {name}"')
    expect(renamed != page, "escaping: the page has no q to rename")
    with open(f"{folder}/escaping.html", "w", encoding="utf-8") as file:
        file.write(renamed)
    browser.open(f"file://{folder}/escaping.html#step=4")
    browser.evaluate("document.getElementById('all').open = true; new Promise((done) => setTimeout(done, 100))")
    expect("<img src=x" in read(browser, "#step h2") and "<img src=x" in read(browser, "#node h2"), f"escaping: {read(browser, '#step h2')}")
    expect(browser.evaluate("window.hacked === undefined && document.images.length === 0"), "escaping: a name was obeyed")


def check_large(browser, folder):
    for name in ["large", "folded"]:
        # The best of five: what else the machine does is not the page's doing.
        times = []
        for _ in range(5):
            browser.set_window(1280, 860)
            browser.open(f"file://{folder}/{name}.html")
            times.append(int(browser.evaluate("document.documentElement.dataset.ready")))
        print(f"  {name}.html: ready after {sorted(times)} ms")
        expect(min(times) < (2000 if name == "large" else 4000), f"{name}: ready after {min(times)} ms")
        browser.press("End")
        total = steps(browser)
        expect(stands_at(browser, total), f"{name}: End leads elsewhere")
        browser.press("ArrowLeft")
        browser.press("ArrowLeft")
        expect(stands_at(browser, total - 2), f"{name}: ← leads elsewhere")
        note = read(browser, "header .note")
        expect(("it is folded" in note) == (name == "folded"), f"{name}: {note!r}")
        expect(browser.complaints() == [], f"{name}: {browser.complaints()}")


def take_screenshots(browser, folder, target):
    os.makedirs(target, exist_ok=True)
    for name in EXPECTED:
        for device, width, height in [("desk", 1280, 860), ("phone", 390, 844)]:
            for dark in [False, True]:
                browser.set_window(width, height, dark)
                browser.open(f"file://{folder}/{name}.html")
                middle = steps(browser) * 2 // 3
                browser.evaluate(f"location.hash = '#step={middle}'; new Promise((done) => setTimeout(done, 300))")
                browser.screenshot(f"{target}/{name}-{device}-{'dark' if dark else 'light'}.png")


def main():
    if len(sys.argv) not in (2, 4) or len(sys.argv) == 4 and sys.argv[2] != "--screenshots":
        raise SystemExit(__doc__)
    folder = os.path.abspath(sys.argv[1])
    browser = Browser()
    try:
        if len(sys.argv) == 4:
            return take_screenshots(browser, folder, sys.argv[3])
        pages = sorted(page[:-5] for page in os.listdir(folder) if page.endswith(".html"))
        for name in pages:
            if name in EXPECTED:
                print(name)
                check_page(browser, folder, name)
        unknown = set(pages) - set(EXPECTED) - {"large", "folded", "escaping"}
        expect(not unknown, f"pages that nothing is expected of: {sorted(unknown)}")
        expect(set(EXPECTED) <= set(pages), f"pages that are not there: {sorted(set(EXPECTED) - set(pages))}")
        for check in [check_quiz, check_wrong_walks, check_elements, check_folding, check_decimals_and_checks,
                      check_nothing_is_told_early, check_print,
                      check_escaping, check_large]:
            print(check.__name__.replace("check_", "").replace("_", " "))
            check(browser, folder)
    finally:
        browser.close()
    if failures:
        raise SystemExit(f"{len(failures)} expectations failed")
    print("all pages are as they should be")


main()
