// Row selection: <form data-select> around a table. Shift-click takes a range, the head's box takes the page,
// and [data-select-matching] takes every row of the filter, also those on other pages.

const boxes = (form) => [...form.querySelectorAll("tbody input[type=checkbox][data-pick]")];
let last = null;

function show(form) {
  const all = boxes(form);
  const picked = all.filter((box) => box.checked).length;
  const head = form.querySelector("[data-pick-all]");
  const matching = form.querySelector("[data-select-matching]");
  const everything = form.querySelector("input[name=select_all]");
  const whole = all.length > 0 && picked === all.length;
  if (head) {
    head.checked = whole;
    head.indeterminate = picked > 0 && !whole;
  }
  if (everything && !whole) everything.value = "";
  const total = Number(form.dataset.total || 0);
  const count = everything?.value ? total : picked;
  if (matching) matching.hidden = !whole || total <= all.length || Boolean(everything?.value);
  for (const place of form.querySelectorAll("[data-select-count]")) place.textContent = count.toLocaleString("en");
  const bar = form.querySelector("[data-select-bar]");
  if (bar) bar.hidden = picked === 0;
}

function setAll(form, checked) {
  for (const box of boxes(form)) box.checked = checked;
  show(form);
}

document.addEventListener("click", (event) => {
  const form = event.target.closest("form[data-select]");
  if (!form) return;
  if (event.target.matches("[data-pick]")) {
    const all = boxes(form);
    if (event.shiftKey && last && all.includes(last)) {
      const [from, to] = [all.indexOf(last), all.indexOf(event.target)].sort((a, b) => a - b);
      for (const box of all.slice(from, to + 1)) box.checked = event.target.checked;
    }
    last = event.target;
    show(form);
  } else if (event.target.matches("[data-pick-all]")) {
    setAll(form, event.target.checked);
  } else if (event.target.closest("[data-select-matching]")) {
    form.querySelector("input[name=select_all]").value = "1";
    show(form);
  } else if (event.target.closest("[data-select-none]")) {
    setAll(form, false);
  }
});

function showEvery(root) {
  for (const form of root.querySelectorAll("form[data-select]")) show(form);
}

showEvery(document); // the browser may have restored ticks
document.addEventListener("htmx:load", (event) => {
  const form = event.target.closest?.("form[data-select]");
  if (form) show(form);
  showEvery(event.target);
});
