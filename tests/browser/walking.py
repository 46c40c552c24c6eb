"""A walk with the Tab key through a view, by real key presses, and what is wrong at each stop."""

from __future__ import annotations

import base64
import io
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from PIL import Image
from selenium.webdriver.chromium.webdriver import ChromiumDriver

MOST_STOPS = 400
AROUND_PX = 6  # around a control, where its focus may be drawn
LEAST_CONTRAST = 3.0  # of a pixel with focus against the same without (WCAG 2.4.13)
FEWEST_CHANGED = 0.5  # pixels that the focus changes so, for each pixel of the control's edge
SHIFT = 8
OUTSIDE = 3  # presses that may pass before the focus comes back into the document

# A radio button that is drawn as a button is itself out of sight; its label shows its focus.
_TOOLS = """
const shownOf = e => e.matches('.btn-check') ? e.nextElementSibling : e;
const nameOf = e => [e.localName, e.id && '#' + e.id, ...[...e.classList].map(name => '.' + name),
  ' ', e.getAttribute('aria-label') || e.textContent.slice(0, 40)].filter(Boolean).join('');
const styleOf = e => {
  const s = getComputedStyle(e);
  const hasOutline = s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) > 0;
  return (hasOutline ? [s.outlineStyle, s.outlineWidth, s.outlineColor].join(' ') : '') + ' ' + s.boxShadow;
};
window.walked ??= {places: new Map(), last: null};
const place = e => {
  if (!window.walked.places.has(e)) window.walked.places.set(e, window.walked.places.size);
  return window.walked.places.get(e);
};
"""

_EXPECTED = (
    _TOOLS
    + """
const controls = 'a[href], button, input, select, textarea, summary, iframe, [tabindex], [contenteditable]';
const dialog = document.querySelector('[role=dialog][aria-modal=true]');
return [...(dialog || document).querySelectorAll(controls)].filter(e =>
  e.tabIndex >= 0 && !e.disabled && e.checkVisibility({visibilityProperty: true}) && !e.closest('[inert]')
).map(e => [place(e), nameOf(e)]);
"""
)

_STOP = (
    _TOOLS
    + """
const e = document.activeElement;
const before = window.walked.last;
const result = {last: before && before !== e ? styleOf(shownOf(before)) : null};
if (!e || e === document.body || e === document.documentElement) {
  window.walked.last = null;
  return result;
}
window.walked.last = e;
const shown = shownOf(e);
const box = shown.getBoundingClientRect();
let seen = {left: Math.max(0, box.left), top: Math.max(0, box.top),
            right: Math.min(innerWidth, box.right), bottom: Math.min(innerHeight, box.bottom)};
for (let a = shown.parentElement; a && a !== document.documentElement; a = a.parentElement) {
  if (getComputedStyle(a).overflowX === 'visible' || a === document.body) continue;
  const b = a.getBoundingClientRect();
  seen = {left: Math.max(seen.left, b.left), top: Math.max(seen.top, b.top),
          right: Math.min(seen.right, b.right), bottom: Math.min(seen.bottom, b.bottom)};
}
const fits = box.width <= innerWidth && box.height <= innerHeight;
const lost = Math.max(
  seen.left - box.left, seen.top - box.top, box.right - seen.right, box.bottom - seen.bottom);
const isIn = (x, y) => {
  const hit = document.elementFromPoint(x, y);
  return hit !== null && (shown.contains(hit) || hit.contains(shown));
};
const inset = 2;
const points = [[seen.left + inset, seen.top + inset], [seen.right - inset, seen.top + inset],
  [seen.left + inset, seen.bottom - inset], [seen.right - inset, seen.bottom - inset],
  [(seen.left + seen.right) / 2, (seen.top + seen.bottom) / 2]];
return Object.assign(result, {
  place: place(e), name: nameOf(e), style: styleOf(shown),
  kind: e.localName + '.' + [...shown.classList].filter(c => !/^(advice|is|severity)-/.test(c)).join('.'),
  hasParts: e.matches('input[type=date]'),
  isInSight: box.width > 0 && box.height > 0 && (fits ? lost <= 1 : seen.bottom - seen.top > 40),
  covered: points.filter(([x, y]) => !isIn(x, y)).length,
  box: [seen.left, seen.top, seen.right - seen.left, seen.bottom - seen.top],
});
"""
)

_BLUR = "window.walked.focused = document.activeElement; document.activeElement.blur();"
_REFOCUS = "window.walked.focused.focus({preventScroll: true});"


@dataclass
class Walk:
    """The stops of a walk in their order, and what is wrong with them, in words."""

    stops: list[int] = field(default_factory=list)
    names: dict[int, str] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)


def press(driver: ChromiumDriver, key: str, code: int, *, shift: bool = False, text: str = "") -> None:
    """Press and release a key, as a keyboard does: the page and the browser both get it."""
    parts: dict[str, Any] = {"key": key, "code": key, "windowsVirtualKeyCode": code}
    parts["modifiers"] = SHIFT if shift else 0
    down = {"type": "keyDown", "text": text} if text else {"type": "rawKeyDown"}
    driver.execute_cdp_cmd("Input.dispatchKeyEvent", down | parts)
    driver.execute_cdp_cmd("Input.dispatchKeyEvent", {"type": "keyUp"} | parts)


def press_text(driver: ChromiumDriver, text: str) -> None:
    for letter in text:
        press(driver, letter, ord(letter.upper()), text=letter)


def press_tab(driver: ChromiumDriver, *, back: bool = False) -> None:
    press(driver, "Tab", 9, shift=back)


def press_enter(driver: ChromiumDriver) -> None:
    press(driver, "Enter", 13, text="\r")


def press_escape(driver: ChromiumDriver) -> None:
    press(driver, "Escape", 27)


def faults_of(driver: ChromiumDriver) -> list[str]:
    """Walk from the start of the view to its end and back; return everything that is wrong."""
    driver.execute_script("window.walked = undefined")
    expected = dict(driver.execute_script(_EXPECTED))
    _walk(driver, back=True, with_pixels=False)  # from wherever the focus is to the start
    forth = _walk(driver, back=False, with_pixels=True)
    back = _walk(driver, back=True, with_pixels=False)

    missed = [f"never reached: {name}" for place, name in expected.items() if place not in forth.stops]
    other = [] if back.stops == forth.stops[::-1] else [f"not the same way back: {_first_other(forth, back)}"]
    return [*forth.faults, *missed, *(f"backwards, {fault}" for fault in back.faults), *other]


def _first_other(forth: Walk, back: Walk) -> str:
    names = forth.names | back.names
    pairs = zip(forth.stops[::-1], back.stops, strict=False)
    other = next((pair for pair in pairs if pair[0] != pair[1]), None)
    if other is None:
        return f"{len(back.stops)} stops instead of {len(forth.stops)}"
    return f"{names[other[1]]} instead of {names[other[0]]}"


def _walk(driver: ChromiumDriver, *, back: bool, with_pixels: bool) -> Walk:
    """Press Tab until the focus leaves the document, or comes round in a dialog."""
    walk, kinds, focused = Walk(), set[str](), ""
    for presses in range(MOST_STOPS):
        press_tab(driver, back=back)
        stop = driver.execute_script(_STOP)
        if walk.stops and stop["last"] is not None and stop["last"] == focused:
            walk.faults.append(f"looks the same with and without focus: {walk.names[walk.stops[-1]]}")
        if "place" not in stop:
            if walk.stops or presses == OUTSIDE:
                return walk
            continue
        place, name, focused = stop["place"], stop["name"], stop["style"]
        if stop["hasParts"] and walk.stops and walk.stops[-1] == place:
            continue  # the browser's own parts of a date: day, month, year, calendar
        if place in walk.stops:
            if place != walk.stops[0] or len(walk.stops) == 1:
                walk.faults.append(f"the focus does not get on: {name}")
            return walk
        walk.stops.append(place)
        walk.names[place] = name
        walk.faults += _faults_at(stop)
        if with_pixels and stop["kind"] not in kinds:
            kinds.add(stop["kind"])
            if not _is_drawn(driver, stop["box"]):
                walk.faults.append(f"no focus is drawn: {name}")
    walk.faults.append("there is no end")
    return walk


def _faults_at(stop: dict[str, Any]) -> list[str]:
    faults = []
    if not stop["isInSight"]:
        faults.append(f"out of sight: {stop['name']}")
    elif stop["covered"]:
        faults.append(f"covered at {stop['covered']} of 5 points: {stop['name']}")
    return faults


def _is_drawn(driver: ChromiumDriver, box: list[float]) -> bool:
    """Tell whether the pixels of a control and around it differ with and without focus."""
    with_focus = _luminance(driver, box)
    driver.execute_script(_BLUR)
    without = _luminance(driver, box)
    driver.execute_script(_REFOCUS)
    lighter, darker = np.maximum(with_focus, without), np.minimum(with_focus, without)
    changed = int(((lighter + 0.05) / (darker + 0.05) >= LEAST_CONTRAST).sum())
    return changed >= FEWEST_CHANGED * 2 * (box[2] + box[3])


def _luminance(driver: ChromiumDriver, box: list[float]) -> np.ndarray[Any, Any]:
    """Return the relative luminance (WCAG) of each pixel of a control and around it."""
    scrolled = driver.execute_script("return [scrollX, scrollY]")
    left, top, width, height = box
    clip = {
        "x": max(0.0, left - AROUND_PX) + scrolled[0],
        "y": max(0.0, top - AROUND_PX) + scrolled[1],
        "width": width + 2 * AROUND_PX,
        "height": height + 2 * AROUND_PX,
        "scale": 1,
    }
    answer = driver.execute_cdp_cmd("Page.captureScreenshot", {"format": "png", "clip": clip})
    image = Image.open(io.BytesIO(base64.b64decode(answer["data"]))).convert("RGB")
    part = np.asarray(image, dtype=float) / 255
    linear = np.where(part <= 0.04045, part / 12.92, ((part + 0.055) / 1.055) ** 2.4)
    return np.asarray(linear @ np.array([0.2126, 0.7152, 0.0722]))
