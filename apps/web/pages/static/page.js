// What betters the page where there is JavaScript. All of it works without: forms are forms.

const one = (selector, root = document) => root.querySelector(selector);
document.documentElement.classList.add("scripts");

const say = (text) => { one("#status").textContent = text; };

// A line above what was sent; it gets the focus.
const tell = (line) => {
  const alert = one("#alert"), text = document.createElement("p");
  text.textContent = line;
  alert.className = "alert";
  alert.setAttribute("role", "alert");
  alert.tabIndex = -1;
  alert.replaceChildren(text);
  alert.focus();
};

// -- asking: Enter sends, the question is seen at once, the box is empty when its answer is here

const askForm = (element) => element?.closest?.("form.ask");

document.addEventListener("keydown", (event) => {
  const form = askForm(event.target);
  if (form && event.key === "Enter" && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    if (form.elements.question.value.trim()) form.requestSubmit();
  }
});

document.addEventListener("htmx:before:request", (event) => {
  const form = askForm(event.target), template = one("#waiting");
  if (!form || !template) return;
  const card = template.content.cloneNode(true);
  one("h2", card).textContent = form.elements.question.value;
  one("#talk").prepend(card);
});

document.addEventListener("htmx:finally:request", (event) => {
  const form = askForm(event.target);
  if (!form) return;
  one("#talk .waiting")?.remove();
  if (event.detail.ctx.response?.status < 400) {
    const box = one("form.ask textarea");
    box.value = "";
    box.focus();
  }
});

// A second click sends nothing: the very same is under way.
const underWay = new WeakMap();
const told = ([name, value]) => [name, value.name ? [value.name, value.size, value.lastModified] : value];

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches("[hx-boost]")) return;
  const content = JSON.stringify([...new FormData(form, event.submitter)].map(told));
  if (underWay.get(form) === content) {
    event.preventDefault();
    event.stopImmediatePropagation();
  }
  underWay.set(form, content);
}, true);

document.addEventListener("htmx:finally:request", (event) => { underWay.delete(event.target); });

// What was uploaded is chosen no more.
document.addEventListener("htmx:finally:request", (event) => {
  const form = event.target.closest?.("form.drop");
  if (form && event.detail.ctx.response?.status < 400) one("form.drop")?.reset();
});

document.addEventListener("htmx:error", (event) => {
  if (!event.detail.ctx?.response) tell("The service does not answer. What you wrote is still here; try again.");
});

// What surrounds the page (a limit of sizes, a fault) answers in JSON: its line is told above the form.
document.addEventListener("htmx:after:request", (event) => {
  const { response, text } = event.detail.ctx;
  if (response.headers.get("content-type")?.startsWith("text/html") || response.status === 204) return;
  event.preventDefault();
  let line = "The service could not do this.";
  try { line = JSON.parse(text).detail ?? line; } catch { /* no problem of ours */ }
  tell(line);
});

// The focus stays where it was, on the element of the same id, or goes to what is the matter.
let focused = "";

document.addEventListener("htmx:before:swap", () => { focused = document.activeElement?.id ?? ""; });

document.addEventListener("htmx:after:swap", () => {
  const slip = one("#alert[role=alert], [aria-invalid=true]");
  if (slip) slip.focus();
  else if (focused && document.activeElement === document.body) {
    document.getElementById(focused)?.focus({ preventScroll: true });
  }
});

// A list that looks at itself again closes nothing that somebody has opened in it.
let looking = false;

document.addEventListener("htmx:before:swap", (event) => {
  looking = event.detail.ctx.sourceElement?.id === "jobs";
});

window.htmx?.registerExtension("keep-open", {
  htmx_before_morph_attr: (_, { attrName }) => !(looking && attrName === "open"),
});

// -- copying

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const source = document.getElementById(button.dataset.copy);
  const text = source.value ?? source.textContent;
  if (!(await copied(text))) {
    say("This browser lets the page copy nothing.");
    return;
  }
  say("Copied.");
  button.dataset.label ??= button.textContent;
  button.textContent = "Copied";
  setTimeout(() => { button.textContent = button.dataset.label; }, 2000);
});

// Over plain HTTP there is a clipboard for this machine's own addresses alone.
async function copied(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const field = document.body.appendChild(document.createElement("textarea"));
    field.value = text;
    field.select();
    const done = document.execCommand("copy");
    field.remove();
    return done;
  }
}

// -- files dropped onto the form

for (const name of ["dragover", "dragleave", "drop"]) {
  document.addEventListener(name, (event) => {
    const zone = event.target.closest?.(".drop");
    if (!zone) return;
    event.preventDefault();
    zone.classList.toggle("over", name === "dragover");
    if (name === "drop" && event.dataTransfer.files.length) {
      one("input[type=file]", zone).files = event.dataTransfer.files;
    }
  });
}

// -- choosing an answer in a document: what is selected becomes text and place

const text = one("#text[data-start]");

// Characters as the service counts them: code points, not UTF-16 units.
const points = (string) => { let count = 0; for (const _ of string) count += 1; return count; };

// The document's own characters in a range: no line between its pages, and line breaks as they are.
const words = (range) => {
  const piece = range.cloneContents();
  for (const foreign of piece.querySelectorAll(".page-break")) foreign.remove();
  return piece.textContent;
};

const before = (node, offset) => {
  const range = document.createRange();
  range.setStart(text, 0);
  range.setEnd(node, offset);
  return points(words(range));
};

if (text) {
  document.addEventListener("selectionchange", () => {
    const form = one("form.choose"), selection = getSelection();
    if (!form || selection.rangeCount === 0 || selection.isCollapsed) return;
    const range = selection.getRangeAt(0);
    if (!text.contains(range.startContainer) || !text.contains(range.endContainer)) return;
    const start = Number(text.dataset.start);
    form.elements.start.value = start + before(range.startContainer, range.startOffset);
    form.elements.end.value = start + before(range.endContainer, range.endOffset);
    form.elements.text.value = words(range);
  });
}

// -- single keys, outside fields and opened forms, unless they are turned off

const OPENED = "details[open]:has(form)";

const typing = (element) => element.closest(`input, textarea, select, [contenteditable], ${OPENED}`);

// What opens a form leads into it.
const press = (selector) => {
  const target = one(selector);
  if (!target) return;
  target.focus();
  if (!target.closest(OPENED)) target.click();
  one("textarea, button", target.closest(OPENED) ?? target)?.focus();
};

document.addEventListener("keydown", (event) => {
  const opened = event.target.closest(OPENED);
  if (event.key === "Escape" && opened && !event.isComposing) {
    opened.open = false;
    one("summary", opened).focus();
  }
});

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
  if (event.key === "?") { one("#keyboard")?.showModal(); return; }
  if (document.body.dataset.shortcuts !== "on" || one("dialog[open]")) return;
  if (event.key === "/") { event.preventDefault(); one("form.ask textarea, input[type=search]")?.focus(); }
  else if (/^[1-5]$/.test(event.key)) press(`.card [data-place="${event.key}"]`);
  else if (/^[rwc]$/i.test(event.key)) {
    event.preventDefault(); // else the field that gets the focus gets the letter, too
    press(`.card [data-key="${event.key.toLowerCase()}"]`);
  }
});
