// The tour: every step can be ticked off, and the ticks outlive a reload. Nothing here knows of the chat.

const KEPT = "marigold-tour";
const steps = [...document.querySelectorAll("#steps > li")];
const done = new Set(kept());

steps.forEach((step, at) => step.prepend(markOf(step, at)));
show();

function markOf(step, at) {
  const title = step.querySelector("h2");
  title.id = `step-${at + 1}`;
  const mark = document.createElement("button");
  mark.type = "button";
  mark.className = "mark";
  mark.setAttribute("role", "checkbox");
  mark.setAttribute("aria-labelledby", title.id);
  mark.setAttribute("aria-checked", String(done.has(at)));
  mark.addEventListener("click", () => {
    if (!done.delete(at)) done.add(at);
    mark.setAttribute("aria-checked", String(done.has(at)));
    keep();
    show();
  });
  return mark;
}

function show() {
  const words = done.size === steps.length ? "That was all. Thank you for looking." : `${done.size} of ${steps.length} done. Press a number when you are through with it.`;
  document.getElementById("progress").textContent = words;
}

function kept() {
  try {
    return JSON.parse(localStorage.getItem(KEPT) ?? "[]");
  } catch {
    return []; // denied or spoilt: the tour begins anew
  }
}

function keep() {
  try {
    localStorage.setItem(KEPT, JSON.stringify([...done]));
  } catch {
    // see kept
  }
}
