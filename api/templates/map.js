// Maps that can be moved: the server draws the part that is asked for. Without this the picture stays as it is.
"use strict";
for (const figure of document.querySelectorAll("figure.map")) {
  const svg = () => figure.querySelector("svg");
  const extent = () => svg().dataset.extent.split(" ").map(Number);
  const status = figure.querySelector("[role=status]");
  const all = extent();
  let wanted = 0;

  async function show(box) {
    const turn = ++wanted;
    let drawn = null;
    try {
      const answer = await fetch(`${svg().dataset.source}&bbox=${box.join(",")}`);
      if (answer.ok) drawn = new DOMParser().parseFromString(await answer.text(), "image/svg+xml").documentElement;
    } catch { /* Told below. */ }
    // A later move overtakes this one.
    if (turn !== wanted) return;
    if (drawn?.localName === "svg") svg().replaceWith(document.importNode(drawn, true));
    else svg().style.removeProperty("translate");
    status.textContent = drawn ? "" : figure.dataset.failed;
  }

  // Shows so many times as much around a place, and what lies to the right and above. Shares of the map, from its lower left.
  function change(times, [x, y], [right, up]) {
    const [west, south, east, north] = extent();
    const [width, height] = [east - west, north - south];
    const [left, low] = [west + width * (x * (1 - times) + right), south + height * (y * (1 - times) + up)];
    show([left, low, left + width * times, low + height * times]);
  }

  // A way on the screen as shares of the map: what lies below it is not part of it.
  function shares(right, down) {
    const { width, height } = svg().getBoundingClientRect();
    const drawn = height * svg().dataset.height / svg().viewBox.baseVal.height;
    return [right / width, down / drawn];
  }

  const middle = [0.5, 0.5];
  const still = [0, 0];
  const moves = {
    in: () => change(0.5, middle, still),
    out: () => change(2, middle, still),
    all: () => show(all),
    left: () => change(1, middle, [-0.3, 0]),
    right: () => change(1, middle, [0.3, 0]),
    up: () => change(1, middle, [0, 0.3]),
    down: () => change(1, middle, [0, -0.3]),
  };
  for (const button of figure.querySelectorAll("button")) button.addEventListener("click", () => moves[button.value]());
  figure.querySelector(".moves").hidden = false;

  let grip = null;
  figure.addEventListener("pointerdown", (event) => {
    if (event.button === 0 && event.pointerType === "mouse" && event.target.closest("svg")) {
      grip = event;
      event.preventDefault();
    }
  });
  addEventListener("pointermove", (event) => {
    if (grip) svg().style.translate = `${event.clientX - grip.clientX}px ${event.clientY - grip.clientY}px`;
  });
  addEventListener("pointerup", (event) => {
    if (!grip) return;
    const [right, down] = shares(event.clientX - grip.clientX, event.clientY - grip.clientY);
    grip = null;
    if (Math.hypot(right, down) > 0.005) change(1, middle, [-right, down]);
    else svg().style.removeProperty("translate");
  });
  figure.addEventListener("dblclick", (event) => {
    if (!event.target.closest("svg")) return;
    const { left, top } = svg().getBoundingClientRect();
    const [x, y] = shares(event.clientX - left, event.clientY - top);
    change(0.5, [x, 1 - y], still);
  });
}
