// The parts of a job's page that the server pushes while it runs, and the clock of its duration.

const shownParts = {};

// Pushed parts replace theirs on the page only when they differ: a button under the pointer stays the same element.
export function showStatus(html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  for (const part of template.content.querySelectorAll("[data-live]")) {
    const name = part.dataset.live;
    const fresh = part.innerHTML.trim();
    if (shownParts[name] === fresh) continue;
    shownParts[name] = fresh;
    const place = document.querySelector(`#job-status [data-live="${name}"]`);
    place.replaceChildren(...part.childNodes);
    window.htmx.process(place);
  }
  elapsed();
  refreshTargets();
}

// At most once a second, and once more after the last change: the final state is never the one left out.
let refreshAt = 0;
let refreshTimer = 0;
function refreshTargets() {
  clearTimeout(refreshTimer);
  refreshTimer = setTimeout(() => {
    refreshAt = Date.now() + 1000;
    document.getElementById("job-targets")?.dispatchEvent(new CustomEvent("webnet:job-changed"));
  }, Math.max(0, refreshAt - Date.now()));
}

function elapsed() {
  for (const place of document.querySelectorAll("[data-since]")) {
    const seconds = Math.max(0, Math.floor((Date.now() - Date.parse(place.dataset.since)) / 1000));
    const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
    place.textContent = h ? `${h} h ${m} min` : m ? `${m} min ${s} s` : `${s} s`;
  }
}

elapsed();
setInterval(elapsed, 1000);
