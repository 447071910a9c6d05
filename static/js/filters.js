// Filter bars. On narrow screens their selects fold away behind a button that counts those in use; the chips of a list
// drop their filter through the form, so that the list alone is fetched. The links of chips work without this.

const inUse = (form) => form.querySelectorAll(".filter-fields select:not([name=size])");

function count(form) {
  const place = form.querySelector("[data-filters-count]");
  if (!place) return;
  const chosen = [...inUse(form)].filter((field) => field.value !== "").length;
  place.textContent = chosen ? ` (${chosen})` : "";
}

function fold(button) {
  button.setAttribute("aria-expanded", String(button.getAttribute("aria-expanded") !== "true"));
}

function drop(chip) {
  const form = document.getElementById(chip.dataset.dropForm);
  const names = chip.dataset.drop.split(" ");
  const fields = [...inUse(form)].filter((field) => names.includes(field.name));
  if (!fields.length) return false;
  for (const field of fields) field.value = "";
  fields[0].dispatchEvent(new Event("change", { bubbles: true }));
  form.querySelector("[data-search]").focus({ preventScroll: true });
  return true;
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-filters-toggle]");
  const chip = event.target.closest("a[data-drop]");
  if (button) fold(button);
  else if (chip && !event.ctrlKey && !event.metaKey && !event.shiftKey && drop(chip)) event.preventDefault();
});

document.addEventListener("change", (event) => {
  const form = event.target.closest("form.filters");
  if (form) count(form);
});

for (const form of document.querySelectorAll("form.filters")) count(form);
