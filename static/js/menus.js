// Sidebar on narrow screens, and menus (<details class="menu">): both close on Escape and on a click elsewhere.
// A strip of tabs that is wider than the screen begins with the current one in view.

for (const strip of document.querySelectorAll(".tabs")) {
  const current = strip.querySelector("[aria-current]");
  if (current) strip.scrollLeft = current.offsetLeft - strip.offsetLeft - (strip.clientWidth - current.offsetWidth) / 2;
}

const toggle = document.querySelector("[data-nav-toggle]");

function showNav(open) {
  document.body.toggleAttribute("data-nav-open", open);
  toggle?.setAttribute("aria-expanded", String(open));
  if (open) document.querySelector("#nav a")?.focus();
}

toggle?.addEventListener("click", () => showNav(!document.body.hasAttribute("data-nav-open")));

function closeMenus(except) {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (menu !== except) menu.open = false;
  }
}

document.addEventListener("click", (event) => {
  const menu = event.target.closest("details.menu");
  const chosen = event.target.closest(".menu-item");
  closeMenus(chosen ? null : menu);
  if (document.body.hasAttribute("data-nav-open") && !event.target.closest("#nav, [data-nav-toggle]")) showNav(false);
});

document.addEventListener("keydown", (event) => {
  const menu = event.target.closest?.("details.menu[open]");
  if (event.key === "Escape") {
    if (document.body.hasAttribute("data-nav-open")) {
      showNav(false);
      toggle?.focus();
    }
    if (menu) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
    return;
  }
  if (!menu || (event.key !== "ArrowDown" && event.key !== "ArrowUp")) return;
  const items = [...menu.querySelectorAll(".menu-item")].filter((item) => item.checkVisibility());
  const step = event.key === "ArrowDown" ? 1 : -1;
  const next = items.indexOf(document.activeElement) + step;
  items[(next + items.length) % items.length]?.focus();
  event.preventDefault();
});

// <input data-menu-filter> in a menu with many items
document.addEventListener("input", (event) => {
  if (!event.target.matches("[data-menu-filter]")) return;
  const wanted = event.target.value.trim().toLowerCase();
  for (const item of event.target.closest(".menu-body").querySelectorAll(".menu-item")) {
    item.hidden = !item.textContent.toLowerCase().includes(wanted);
  }
});
